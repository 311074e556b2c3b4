export const dynamic = 'force-dynamic'

export default function Fails() {
  throw new Error('on purpose')
}
