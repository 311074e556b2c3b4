export default function NotFound() {
  return <h1>Nobody stays here</h1>
}
