/** Listen where the benchmark says, and tell it when requests can come. */
export function listen(server) {
  server.listen(Number(process.env.PORT), '127.0.0.1', () => ready())
}

export function ready() {
  process.stdout.write('Ready\n')
}
