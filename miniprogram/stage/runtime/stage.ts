// What a test or a curious person can see of this phone and decide for it.
export const stage = {
  /** Telephone numbers that were called. */
  calls: [] as string[],
  /** Templates of subscription messages that were asked for, call by call. */
  subscriptions: [] as string[][],
  /** What the next scan reads; without it, a dialog asks. */
  scan: undefined as string | undefined,
  /** Names of wx calls that this person does not permit. */
  deny: new Set<string>(),
  /** Every answer from the network, with the bytes of its body. */
  requests: [] as { url: string; status: number; bytes: number }[],
}

const query = new URLSearchParams(location.search)

/** owner is the login code of the person who holds this phone. */
export const owner = query.get('as') ?? 'demo-resident-1'

/** fontSize is what this person chose in WeChat's settings. */
export const fontSize = Number(query.get('font') ?? 17)

declare global {
  interface Window {
    stage: typeof stage
  }
}
