import type { Got, Schemas } from './api'
import { api } from './api'
import { person } from './session'
import { Signal } from './signal'

/** The villages and advisors that this phone has met: what they are called, and the telephone of the office. */

export type Village = Got<'/villages/{code}'>
export type Office = NonNullable<Village['office']>
export type Advisor = Schemas['Advisor']

/** Told when the village that this phone is about has changed. */
export const villageChanged = new Signal()

const LOOKED = 'village' // the village that is looked at by somebody without one
const OFFICE = 'office'

type Remembered<T> = Map<string, { at: number; asked: Promise<T> }>

const FRESH = 10 * 60_000 // milliseconds that something is believed
const villages: Remembered<Village> = new Map()
const advisors: Remembered<Advisor> = new Map()

/** The code of the village that this phone is about; '' is none. */
export function villageCode(): string {
  return (wx.getStorageSync(LOOKED) as string) || person()?.village || ''
}

/** Looks at a village; '' goes back to one's own. */
export function lookAt(code: string): void {
  wx.setStorageSync(LOOKED, code === person()?.village ? '' : code)
  villageChanged.tell()
}

export async function village(code: string): Promise<Village> {
  const found = await remember(villages, code, () => api.get('/villages/{code}', { path: { code } }))
  const near = code === villageCode() || (person()?.kind === 'advisor' && !office())
  if (near && found.office?.phone !== office()?.phone) {
    wx.setStorageSync(OFFICE, found.office)
    villageChanged.tell()
  }
  return found
}

export function advisor(id: string): Promise<Advisor> {
  return remember(advisors, id, () => api.get('/advisors/{id}', { path: { id } }))
}

/** What an advisor is called; one who no longer serves has no card. */
export async function advisorName(id: string): Promise<string> {
  return advisor(id).then((a) => a.name, () => '法律顾问')
}

export async function villageName(code: string): Promise<string> {
  return village(code).then((v) => shortName(v.name), () => '村居')
}

/** "大周各庄村" for "大周各庄村委会". */
export function shortName(name: string): string {
  return name.replace(/(村民|居民)?委员会$/, '').replace(/村委会$/, '村').replace(/居委会$/, '')
}

/** The office to call, as far as this phone knows it. */
export function office(): Office | null {
  return (wx.getStorageSync(OFFICE) as Office) || null
}

/** Finds out whom to call, where this phone does not know yet: its village's office, or that of an advisor's first village. */
export async function learnOffice(): Promise<void> {
  const who = person()
  if (office() || (!villageCode() && who?.kind !== 'advisor')) return
  await village(villageCode() || (await advisor(who!.id)).villages[0]?.code || '')
}

function remember<T>(all: Remembered<T>, id: string, ask: () => Promise<T>): Promise<T> {
  const known = all.get(id)
  if (known && Date.now() - known.at < FRESH) return known.asked
  const asked = ask()
  all.set(id, { at: Date.now(), asked })
  asked.catch(() => all.delete(id)) // what failed is asked for again
  return asked
}
