import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ProgressLine, tellWaiting } from '../../src/cli/progress-line.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'setInterval', 'clearInterval'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** What is written to a terminal of so many columns, or to a file. */
function anOutput(columns?: number) {
  const written: string[] = []
  const write = (text: string) => written.push(text)
  return { written, output: columns === undefined ? { write } : { write, isTTY: true, columns } }
}

const sleep = (ms: number, answer: string) => new Promise<string>((resolve) => setTimeout(() => resolve(answer), ms))

const CLEAR = '\r\u001b[K'

test('a task that takes less than a second, or is first heard of at its end, shows nothing', () => {
  for (const columns of [undefined, 80]) {
    const { written, output } = anOutput(columns)
    const short = new ProgressLine('Checking', output)
    short.update(1, 3)
    vi.advanceTimersByTime(999)
    short.update(2, 3)
    vi.advanceTimersByTime(1)
    short.update(3, 3)
    short.end()
    expect(written).toEqual([])
  }
})

test('after a second a terminal shows a bar that fits it, and the next line is free at the end', () => {
  const { written, output } = anOutput(80)
  const line = new ProgressLine('Checking', output)
  line.update(0, 4)
  vi.advanceTimersByTime(1_000)
  line.update(1, 4)
  line.update(2, 4)
  vi.advanceTimersByTime(50)
  line.update(3, 4)
  line.update(4, 4)
  line.end()
  const bar = (filled: number) => '█'.repeat(filled) + '░'.repeat(30 - filled)
  // The second one came too soon after the first for anybody to see.
  expect(written).toEqual([
    `${CLEAR}Checking ${bar(8)} 1/4`,
    `${CLEAR}Checking ${bar(23)} 3/4`,
    `${CLEAR}Checking ${bar(30)} 4/4`,
    '\n',
  ])
  for (const columns of [30, 14]) {
    const narrow = anOutput(columns)
    const cut = new ProgressLine('Checking', narrow.output, 0)
    cut.update(1, 4)
    expect(narrow.written[0]?.slice(CLEAR.length).length).toBeLessThan(columns)
  }
})

test('elsewhere it is a line at every tenth', () => {
  const { written, output } = anOutput()
  const line = new ProgressLine('Importing', output)
  line.update(0, 2_000)
  vi.advanceTimersByTime(5_000)
  for (const done of [100, 150, 250, 390, 1_000, 2_000]) line.update(done, 2_000)
  line.end()
  expect(written).toEqual([250, 1_000, 2_000].map((done) => `Importing: ${done}/2000\n`))
})

test('what cannot be counted is waited for by the second, on a terminal alone, and leaves nothing there', async () => {
  for (const [columns, expected] of [
    [80, [`${CLEAR}Waiting … 1 s`, `${CLEAR}Waiting … 2 s`, CLEAR]],
    [13, [`${CLEAR}Waiting … 1 `, `${CLEAR}Waiting … 2 `, CLEAR]],
    [undefined, []],
  ] as const) {
    const { written, output } = anOutput(columns)
    const waiting = tellWaiting('Waiting', output, sleep(2_999, 'done'))
    await vi.advanceTimersByTimeAsync(2_999)
    expect(await waiting).toBe('done')
    vi.advanceTimersByTime(10_000)
    expect(written).toEqual(expected)
  }
})

test('what fails leaves nothing there either', async () => {
  const { written, output } = anOutput(80)
  const failing = sleep(1_500, '').then(() => Promise.reject(new Error('no answer')))
  const waiting = expect(tellWaiting('Waiting', output, failing)).rejects.toThrow('no answer')
  await vi.advanceTimersByTimeAsync(1_500)
  await waiting
  expect(written[0]).toBe(`${CLEAR}Waiting … 1 s`)
  expect(written.at(-1)).toBe(CLEAR)
})
