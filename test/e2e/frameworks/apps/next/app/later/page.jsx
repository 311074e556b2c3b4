import { Suspense } from 'react'

export const dynamic = 'force-dynamic'

export default function Later() {
  return (
    <Suspense fallback={<p>wait</p>}>
      <Rest />
    </Suspense>
  )
}

async function Rest() {
  await new Promise((resolve) => setTimeout(resolve, 300))
  return <p>Then the rest</p>
}
