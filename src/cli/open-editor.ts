import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { systemVariable } from '../config.ts'
import { AuthoringError } from './authoring-error.ts'
import { EXIT } from './exit-code.ts'
import { InterruptedError } from './interruptible.ts'

/**
 * Open a file in the person's own editor, VISUAL or EDITOR with its arguments (`code --wait`), and wait until it is closed. No
 * shell reads them. Ctrl-C is the editor's: whatever that makes of it.
 * @throws AuthoringError when there is none, or it fails; InterruptedError when Ctrl-C was its end
 */
export async function openEditor(file: string): Promise<void> {
  const words = (systemVariable('VISUAL') ?? systemVariable('EDITOR') ?? '').split(/\s+/).filter((word) => word !== '')
  const [program, ...args] = words
  if (program === undefined)
    throw new AuthoringError('Say which editor to open: EDITOR=vi tool-catalog edit …', EXIT.usage)
  const leaveToEditor = () => {}
  // Before the editor is there: it may be faster than the next line.
  process.on('SIGINT', leaveToEditor)
  const child = spawn(program, [...args, file], { stdio: 'inherit' })
  const closed = once(child, 'close').catch((error: Error) => {
    throw new AuthoringError(
      `${program} cannot be started (${error.message}). Look at VISUAL and EDITOR, which name your editor.`,
    )
  })
  const [code, signal] = await closed.finally(() => process.off('SIGINT', leaveToEditor))
  if (signal === 'SIGINT' || code === EXIT.interrupted) throw new InterruptedError(EXIT.interrupted)
  if (code !== 0) throw new AuthoringError(`${program} ended with ${code ?? 'a signal'}.`)
}
