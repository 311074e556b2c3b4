import { type LookupAddress, lookup as lookUp } from 'node:dns'
import { isIP, type LookupFunction, connect as openTcp, type Socket } from 'node:net'
import { connect as openTls, type SecureContext } from 'node:tls'
import type { TargetPolicy } from './policy.ts'

/** The policy does not let us connect there. The message says why. */
export class RefusedTarget extends Error {}

export interface ConnectOptions {
  policy: TargetPolicy
  /** Whom to believe who a server is. Asked for https only: it is slow to make. */
  secureContext(): SecureContext
}

/** Detects within minutes that a peer is gone without a word. */
const KEEP_ALIVE_PROBE_MS = 60_000

/**
 * Opens a connection to the server of `origin`, if the policy allows its address: the one that is connected to, after names
 * have been resolved, so that a name server cannot lead past it.
 * @returns the socket while it connects, to be destroyed by who does not want to wait. `onDone` is called once.
 */
export function connectTo(
  origin: URL,
  { policy, secureContext }: ConnectOptions,
  onDone: (error: Error | undefined, socket: Socket) => void,
): Socket {
  const isSecure = origin.protocol === 'https:'
  const host = origin.hostname.replace(/^\[|\]$/g, '')
  const port = Number(origin.port || (isSecure ? 443 : 80))
  const refuse = (address: string): RefusedTarget | undefined => {
    const reason = policy.refuse({ host, port, address })
    return reason === undefined ? undefined : new RefusedTarget(`${address} is ${reason}`)
  }
  const options = {
    ...{ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_PROBE_MS },
    ...{ allowHalfOpen: true, lookup: createLookup(refuse) },
  }
  const refusal = isIP(host) === 0 ? undefined : refuse(host)
  const socket =
    isSecure && refusal === undefined
      ? openTls({
          ...options,
          ...{ secureContext: secureContext(), rejectUnauthorized: true, ALPNProtocols: ['http/1.1'] },
          servername: isIP(host) === 0 ? host : '',
        })
      : openTcp({ ...options, ...(refusal !== undefined && { lookup: fail(refusal), host: 'refused' }) })
  let isDone = false
  const settle = (error: Error | undefined): void => {
    if (isDone) return
    isDone = true
    onDone(error, socket)
  }
  socket.once(isSecure ? 'secureConnect' : 'connect', () => settle(undefined))
  socket.on('error', settle)
  socket.once('close', () => settle(new Error('the connection was closed before it was open')))
  return socket
}

/** Of the addresses of a name those that may be connected to. */
function createLookup(refuse: (address: string) => RefusedTarget | undefined): LookupFunction {
  return (hostname, options, callback) => {
    lookUp(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, '')
      const allowed = addresses.filter(({ address }) => refuse(address) === undefined)
      const first = allowed[0]
      if (first === undefined)
        return callback(refuse(addresses[0]?.address ?? '') ?? new Error(`${hostname} has no address`), '')
      if (options.all) callback(null, allowed satisfies LookupAddress[])
      else callback(null, first.address, first.family)
    })
  }
}

/** A refused address takes the way of a name that cannot be resolved: there is one way to fail. */
function fail(error: Error): LookupFunction {
  return (_hostname, _options, callback) => process.nextTick(callback, error, '')
}
