// Whether the server of this container lives, for Docker: the image has no shell and no curl.
// biome-ignore lint/style/noProcessEnv: it runs beside the server, in the server's environment
const { HOST = '127.0.0.1', PORT = '3005' } = process.env
const host = HOST === '0.0.0.0' ? '127.0.0.1' : HOST === '::' ? '[::1]' : HOST.includes(':') ? `[${HOST}]` : HOST
const isWell = await fetch(`http://${host}:${PORT}/health`, { signal: AbortSignal.timeout(2_500) }).then(
  ({ ok }) => ok,
  () => false,
)
process.exit(isWell ? 0 : 1)
