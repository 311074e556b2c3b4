export const getServerSideProps = () => {
  throw new Error('on purpose')
}

export default function Fails() {
  return null
}
