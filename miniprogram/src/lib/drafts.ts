import { person } from './session'

/**
 * What somebody has begun to write, kept on the phone, encrypted by WeChat,
 * until it is sent or for a week: the phone is often shared.
 */

const LIFE = 7 * 24 * 3_600_000

interface Kept<T> { at: number; draft: T }

const keyOf = (name: string): string => `draft:${person()?.id ?? ''}:${name}`

export async function readDraft<T>(name: string): Promise<T | null> {
  try {
    const { data } = await wx.getStorage<Kept<T>>({ key: keyOf(name), encrypt: true })
    if (Date.now() - data.at < LIFE) return data.draft
    await dropDraft(name)
  } catch {
    // there is none
  }
  return null
}

export async function keepDraft(name: string, draft: object): Promise<void> {
  await wx.setStorage({ key: keyOf(name), data: { at: Date.now(), draft } satisfies Kept<object>, encrypt: true }).catch(() => undefined) // a full phone keeps none
}

export async function dropDraft(name: string): Promise<void> {
  await wx.removeStorage({ key: keyOf(name) }).catch(() => undefined) // it is overwritten, or ends by itself
}
