import type { Schemas } from './api'
import { api, faultOf } from './api'
import { newKey } from './once'
import { upload } from './photos'
import { person } from './session'
import { Signal } from './signal'

/**
 * Sign-ins at a village, kept on the phone until the server has them: a valley
 * may have no network. Each goes under its own number, so that it arrives once
 * however often it is sent, with the time at which it was made.
 */

/** A sign-in on its way. */
export interface Waiting {
  key: string
  person: string // whose it is: another login on this phone does not send it
  body: Schemas['SignInRequest']
  village: string // what the village is called
  photo?: string // where the photo lies on the phone
  problem?: string // why the server does not want it
}

/** Told when something was put in or has gone. */
export const outboxChanged = new Signal()

const KEPT = 'outbox'
let going: Promise<void> | null = null

/** Those of whoever is logged in. */
export function waiting(): Waiting[] {
  return all().filter((w) => w.person === person()?.id)
}

/** Keeps a sign-in, then tries to send it. It answers the one that arrived; null: it waits, or was refused. */
export async function signIn(body: Schemas['SignInRequest'], village: string, photo?: string): Promise<Schemas['SignIn'] | null> {
  const item: Waiting = { key: newKey(), person: person()?.id ?? '', body, village }
  if (photo) item.photo = await keepPhoto(photo)
  put([...all(), item])
  let arrived: Schemas['SignIn'] | null = null
  await sendWaiting((key, sent) => {
    if (key === item.key) arrived = sent
  })
  return arrived
}

/** Sends what waits, in order. What comes meanwhile waits for the next time. */
export async function sendWaiting(told: (key: string, sent: Schemas['SignIn']) => void = () => undefined): Promise<void> {
  while (going) await going
  going = sendAll(told).finally(() => {
    going = null
  })
  await going
}

/** Gives up one that the server does not want. */
export function discard(key: string): void {
  const item = all().find((w) => w.key === key)
  if (item?.photo) dropPhoto(item.photo)
  put(all().filter((w) => w.key !== key))
}

async function sendAll(told: (key: string, sent: Schemas['SignIn']) => void): Promise<void> {
  for (const item of waiting()) {
    if (item.problem) continue
    try {
      if (item.photo && !item.body.photo) {
        item.body.photo = await upload(item.photo, `${item.key}-photo`)
        replace(item)
      }
      const sent = await api.post('/sign-ins', { body: item.body, key: item.key })
      discard(item.key)
      told(item.key, sent)
    } catch (err) {
      const fault = faultOf(err)
      if (fault.status < 400 || fault.status >= 500 || fault.status === 429 || fault.reason === 'request_in_progress') return // another time
      replace({ ...item, problem: fault.fields[0]?.message ?? fault.message })
    }
  }
}

function replace(item: Waiting): void {
  put(all().map((w) => (w.key === item.key ? item : w)))
}

function all(): Waiting[] {
  return (wx.getStorageSync(KEPT) as Waiting[]) || []
}

function put(items: Waiting[]): void {
  wx.setStorageSync(KEPT, items)
  outboxChanged.tell()
}

/** A chosen photo lies in a place that WeChat may clear: it is moved to one that stays. */
function keepPhoto(path: string): Promise<string> {
  return new Promise((resolve) => {
    wx.getFileSystemManager().saveFile({ tempFilePath: path, success: (res) => resolve(res.savedFilePath), fail: () => resolve(path) })
  })
}

function dropPhoto(path: string): void {
  wx.getFileSystemManager().removeSavedFile({ filePath: path, fail: () => undefined })
}
