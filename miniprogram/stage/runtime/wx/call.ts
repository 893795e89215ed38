// How every asynchronous wx call answers: by callbacks, or else by a promise.
import { stage } from '../stage'

export interface Callbacks {
  success?: (result: object) => void
  fail?: (failure: Failure) => void
  complete?: (result: object) => void
}

/** Refusal is why a call fails, in WeChat's words. */
export class Refusal extends Error {}

/** Failure is what the caller gets to see. */
export class Failure extends Error {
  constructor(readonly errMsg: string) {
    super(errMsg)
  }
}

/** call makes a wx function of what it does; a person's refusal comes first. */
export function call<O extends object>(name: string, run: (options: O) => object | void | Promise<object | void>) {
  return (options?: O & Callbacks) => {
    const given = options ?? ({} as O & Callbacks)
    const result = attempt(name, () => run(given))
    if (!given.success && !given.fail && !given.complete) return result
    answer(result, given)
    return undefined
  }
}

/** callbackOnly is for the calls that in WeChat never answer by a promise. */
export function callbackOnly<O extends object>(name: string, run: (options: O) => object | void | Promise<object | void>) {
  return (options: O & Callbacks) => answer(attempt(name, () => run(options)), options)
}

async function attempt(name: string, run: () => object | void | Promise<object | void>) {
  try {
    if (stage.deny.has(name)) throw new Refusal('auth deny')
    return { errMsg: `${name}:ok`, ...(await run()) }
  } catch (err) {
    throw new Failure(`${name}:fail ${err instanceof Error ? err.message : String(err)}`)
  }
}

function answer(result: Promise<object>, { success, fail, complete }: Callbacks) {
  result.then(
    (value) => {
      success?.(value)
      complete?.(value)
    },
    (failure: Failure) => {
      fail?.(failure)
      complete?.(failure)
    },
  ).catch((err: unknown) => {
    // What a callback throws is the page's fault and must not be lost here.
    setTimeout(() => {
      throw err
    })
  })
}
