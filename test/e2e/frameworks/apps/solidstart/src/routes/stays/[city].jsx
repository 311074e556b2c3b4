import { useParams } from '@solidjs/router'

export default function Stay() {
  const params = useParams()
  return <h1>{`A stay in ${decodeURIComponent(params.city)}`}</h1>
}
