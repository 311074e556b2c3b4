export default function Failed() {
  return <h1>The house is closed</h1>
}
