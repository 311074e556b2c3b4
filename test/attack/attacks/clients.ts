import { connect, type Socket } from 'node:net'
import type { Attack } from '../attack.ts'
import type { Stage } from '../stage.ts'

/** From outside: what strangers do to the public and to the admin listener. */
export const CLIENT_ATTACKS: readonly Attack[] = [
  {
    name: 'heads that never end, on many connections',
    run: (stage, { signal, random }) =>
      hold(publicPort(stage), 200, signal, (socket) => {
        socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n')
        drip(socket, signal, () => `x-${random.below(1000)}: y\r\n`)
      }),
  },
  {
    name: 'bodies that never end',
    run: (stage, { signal }) =>
      hold(publicPort(stage), 100, signal, (socket) => {
        socket.write(
          'POST /.netlify/functions/innocent HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000000\r\n\r\n',
        )
        drip(socket, signal, () => 'x')
      }),
  },
  {
    name: 'bodies that are too large, sent all the same',
    run: (stage, { signal }) =>
      hold(publicPort(stage), 8, signal, (socket) => {
        socket.write(
          'POST /.netlify/functions/innocent HTTP/1.1\r\nhost: localhost\r\ncontent-length: 99000000\r\n\r\n',
        )
        flood(socket, Buffer.alloc(64 * 1024, 'x'), 32 * MIB)
      }),
  },
  {
    name: 'answers that nobody reads, asked for in one go',
    run: (stage, { signal }) =>
      hold(publicPort(stage), 20, signal, (socket) => {
        socket.pause()
        socket.write('GET /file.txt HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(2000))
      }),
  },
  {
    name: 'connections that say nothing',
    run: (stage, { signal }) => hold(publicPort(stage), 1500, signal, () => undefined),
  },
  {
    name: 'noise on the public port',
    run: (stage, { signal, random }) =>
      hold(publicPort(stage), 50, signal, (socket) => {
        socket.write(Buffer.from(random.list(10, 2000, () => random.below(256))))
      }),
  },
  {
    name: 'connections to the admin listener, without a token, silent and pipelined',
    run: (stage, { signal }) =>
      hold(stage.adminPort, 1500, signal, (socket) => {
        if (Math.random() < 0.5) socket.write('GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(100))
      }),
  },
  {
    name: 'forms that take long to read, or are none',
    run: ({ roost }, { signal, random }) =>
      Promise.all(
        random.list(4, 12, () =>
          fetch(`${roost.url}/form`, { method: 'POST', signal, ...random.pick(FORMS) })
            .then((response) => response.arrayBuffer())
            .catch(() => undefined),
        ),
      ),
  },
  {
    name: 'programs that answer with odd JSON',
    run: ({ roost }, { signal, random }) =>
      Promise.all(
        random.list(1, 4, () =>
          fetch(`${roost.url}/.netlify/functions/odd?shape=${random.pick(SHAPES)}`, { signal })
            .then((response) => response.arrayBuffer())
            .catch(() => undefined),
        ),
      ),
  },
]

const MIB = 1024 * 1024
/** A connection that is kept would look like one that is left. */
const URLENCODED = { 'content-type': 'application/x-www-form-urlencoded', connection: 'close' }
const FORMS = [
  { headers: URLENCODED, body: `a=${'%41'.repeat(2 * MIB - 1)}` },
  { headers: URLENCODED, body: `a=${'+'.repeat(2 * MIB - 100)}` },
  { headers: URLENCODED, body: 'a&'.repeat(MIB) },
  {
    headers: {
      'content-type': `multipart/form-data; boundary=b${'a'.repeat(69)}`,
      connection: 'close',
    },
    body: 'a'.repeat(6 * MIB),
  },
  { headers: URLENCODED, body: 'a=1' },
]
const SHAPES = ['deep', 'wide', 'drops', 'endless'] as const

function publicPort({ roost }: Stage): number {
  return Number(new URL(roost.url).port)
}

/** Opens `count` connections and keeps them until the attack is over. */
function hold(
  port: number,
  count: number,
  signal: AbortSignal,
  begin: (socket: Socket) => void,
): Promise<void> {
  const sockets = Array.from({ length: count }, () => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.on('connect', () => begin(socket))
    socket.on('error', () => socket.destroy()) // refused or ended: that is what is hoped for
    socket.on('data', () => undefined)
    return socket
  })
  return new Promise((resolve) => {
    const end = (): void => {
      for (const socket of sockets) socket.destroy()
      resolve()
    }
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
  })
}

/** A little every 100 ms. */
function drip(socket: Socket, signal: AbortSignal, next: () => string): void {
  const timer = setInterval(() => socket.write(next()), 100)
  const stop = (): void => clearInterval(timer)
  socket.on('close', stop)
  signal.addEventListener('abort', stop, { once: true })
}

function flood(socket: Socket, piece: Buffer, bytes: number): void {
  let left = bytes
  const push = (): void => {
    while (left > 0 && !socket.destroyed) {
      left -= piece.length
      if (!socket.write(piece)) return void socket.once('drain', push)
    }
  }
  push()
}
