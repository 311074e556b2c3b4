export const getStaticPaths = () => ({ paths: [{ params: { city: 'rome' } }], fallback: 'blocking' })

export const getStaticProps = ({ params }) =>
  params.city === 'atlantis'
    ? { notFound: true }
    : { props: { city: params.city, at: Date.now() }, revalidate: 1 }

export default function OldStay({ city, at }) {
  return <p>{`An old stay in ${city} at ${at}`}</p>
}
