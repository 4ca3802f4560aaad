import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { closeLater } from './database.ts'

const SERVER = fileURLToPath(
  new URL('../../node_modules/yaml-language-server/bin/yaml-language-server', import.meta.url),
)

interface Message {
  readonly id?: number
  readonly method?: string
  readonly params?: never
  readonly result?: never
  readonly error?: { readonly message: string }
}

/** The YAML language server that editors start, spoken to as they do: JSON-RPC over standard input and output. */
export function startLanguageServer() {
  const child = spawn(process.execPath, [SERVER, '--stdio'])
  closeLater(() => child.kill('SIGKILL'))
  let received = Buffer.alloc(0)
  let lastId = 0
  const waiting = new Map<number, (message: Message) => void>()
  const listeners = new Set<(message: Message) => void>()

  const send = (message: object) => {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message })
    child.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
  }
  const take = (message: Message) => {
    if (message.method !== undefined && message.id !== undefined) send({ id: message.id, result: answerTo(message) })
    else if (message.id !== undefined) waiting.get(message.id)?.(message)
    for (const listener of listeners) listener(message)
  }
  child.stdout.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    for (;;) {
      const head = /^Content-Length: (\d+)\r\n(?:.+\r\n)*\r\n/.exec(received.toString('latin1'))
      const end = (head?.[0].length ?? 0) + Number(head?.[1])
      if (!head || received.length < end) return
      take(JSON.parse(received.subarray(head[0].length, end).toString()))
      received = received.subarray(end)
    }
  })

  const ask = <T>(method: string, params: object) =>
    new Promise<T>((resolve, reject) => {
      const id = ++lastId
      waiting.set(id, ({ result, error }) => (error ? reject(new Error(error.message)) : resolve(result as T)))
      send({ id, method, params })
    })
  const tell = (method: string, params: object) => send({ method, params })
  /** The first message of that kind that is what is waited for. */
  const heard = <T>(method: string, isWanted: (params: T) => boolean) =>
    new Promise<T>((resolve) => {
      const listener = (message: Message) => {
        if (message.method !== method || !isWanted(message.params as T)) return
        listeners.delete(listener)
        resolve(message.params as T)
      }
      listeners.add(listener)
    })
  return { ask, tell, heard }
}

/** It asks for its settings; the defaults of an editor without any are good. */
function answerTo({ method, params }: Message): unknown {
  if (method !== 'workspace/configuration') return null
  return (params as { items: unknown[] } | undefined)?.items.map(() => ({})) ?? []
}
