import Image from 'next/image'

export default function View() {
  return (
    <main>
      <Image alt="resized" src="/view.png" width={64} height={64} />
      <Image alt="as it is" src="/view.png" width={64} height={64} unoptimized />
    </main>
  )
}
