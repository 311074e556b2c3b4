export default function About() {
  return <h1>Written at build time</h1>
}
