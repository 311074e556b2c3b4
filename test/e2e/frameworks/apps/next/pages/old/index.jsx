export const getServerSideProps = ({ query }) => ({ props: { name: query.name ?? 'you' } })

export default function Old({ name }) {
  return <h1>{`Pages say hello to ${name}`}</h1>
}
