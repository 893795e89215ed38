import type { Schemas } from './api'
import { Fault, offlineText, send } from './api'
import { serverAddress } from './server'
import { Signal } from './signal'

/**
 * Who uses this phone: the token, and what is known of the person. Nothing is
 * asked of the server before the person has agreed to the privacy text, or
 * wants something that needs it.
 */

export type Person = Schemas['Person']

interface Kept { token: string; person: Person }

const KEPT = 'session'
const STAYS = ['elder', 'ahead', 'outbox', 'apiBase']

/** Told whenever somebody has logged in or out, or changed what is known of them. */
export const sessionChanged = new Signal()

let kept: Kept | null | undefined
let going: Promise<void> | null = null

export function token(): string {
  return read()?.token ?? ''
}

export function loggedIn(): boolean {
  return token() !== ''
}

/** Who is logged in; null is somebody who looks around. */
export function person(): Person | null {
  return read()?.person ?? null
}

/** Logs in by WeChat, silently. Those who ask meanwhile wait for the same login. */
export function login(): Promise<void> {
  going ??= (async () => {
    try {
      const { code } = await wx.login({ timeout: 10_000 }).catch(() => {
        throw new Fault(0, 'offline', offlineText)
      })
      const session = (await send('post', `${serverAddress()}/api/v1/login`, {}, { code })) as Schemas['Session']
      startSession(session)
    } finally {
      going = null
    }
  })()
  return going
}

/** Goes on as whoever the server has said this is. */
export function startSession(session: Schemas['Session']): void {
  write({ token: session.token, person: session.person })
}

/** Keeps what was changed of the person. */
export function amendPerson(me: Pick<Schemas['Me'], 'name' | 'village'>): void {
  const now = read()
  if (now) write({ ...now, person: { ...now.person, name: me.name, village: me.village } })
}

/** Forgets the person on this phone, what was begun included; how things look stays, and what waits to be sent. */
export function forget(): void {
  kept = null
  for (const key of wx.getStorageInfoSync().keys) {
    if (!STAYS.includes(key)) wx.removeStorageSync(key)
  }
  sessionChanged.tell()
}

function read(): Kept | null {
  if (kept === undefined) kept = (wx.getStorageSync(KEPT) as Kept) || null
  return kept
}

function write(next: Kept): void {
  kept = next
  wx.setStorageSync(KEPT, next)
  sessionChanged.tell()
}
