import { createFileRoute, notFound } from '@tanstack/react-router'

export const Route = createFileRoute('/stays/$city')({
  loader: ({ params }) => {
    if (params.city === 'atlantis') throw notFound()
    return params.city
  },
  component: () => <h1>{`A stay in ${Route.useLoaderData()}`}</h1>,
})
