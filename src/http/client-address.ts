import type { IncomingMessage } from 'node:http'
import { isIP, isIPv6, type Socket } from 'node:net'

/**
 * Who a request comes from, as limits count it: an IPv4 address, or the network of an IPv6 address, of which a single
 * household has 2^64. Behind a proxy that is trusted, the address that the proxy has added last.
 */
export function clientAddress({ headers, socket }: IncomingMessage, trustProxy: boolean): string {
  const forwarded = trustProxy ? lastForwarded(headers['x-forwarded-for']) : undefined
  return forwarded === undefined ? addressOf(socket) : networkOf(forwarded)
}

/** A connection is the same for all of its requests. */
const addresses = new WeakMap<Socket, string>()

function addressOf(socket: Socket): string {
  const address = addresses.get(socket) ?? networkOf(socket.remoteAddress ?? 'unknown')
  addresses.set(socket, address)
  return address
}

function lastForwarded(header: string | string[] | undefined): string | undefined {
  const last = [header].flat().join(',').split(',').at(-1)?.trim() ?? ''
  // Some proxies add the port: `1.2.3.4:5678`, `[2001:db8::1]:5678`.
  const address = /^\[(.+)\](?::\d+)?$/.exec(last)?.[1] ?? /^([\d.]+):\d+$/.exec(last)?.[1] ?? last
  return isIP(address) ? address : undefined
}

/** `1.2.3.4`, or `2001:db8:0:0/64`. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1]
  if (mapped) return mapped
  if (!isIPv6(address)) return address
  const [start = '', end] = address.split('%', 1).join('').split('::')
  const head = groups(start)
  const tail = groups(end ?? '')
  const zeros = end === undefined ? 0 : Math.max(0, 8 - head.length - tail.length)
  return `${[...head, ...Array<string>(zeros).fill('0'), ...tail].slice(0, 4).join(':')}/64`
}

function groups(part: string): string[] {
  return part === '' ? [] : part.split(':').map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''))
}
