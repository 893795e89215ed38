import type { Got, Schemas } from '../lib/api'
import { now } from '../lib/clock'
import { advisor, villageName } from '../lib/places'
import { person } from '../lib/session'
import { parseTime, sayTime } from '../lib/times'
import { channelWords, kindWords, statusTones, statusWords, verbWords } from '../lib/words'

/** What the pages of an appointment say of it. */

/** An appointment as whoever is logged in may see it: all of it, not what it is about, or its time and place alone. */
export type Seen = Got<'/appointments/{id}'>
/** One that is somebody's own: the village's people see no more than times of the others. */
export type Own = Schemas['Appointment'] | Schemas['AppointmentOutline']

export function isOwn(a: Seen): a is Own {
  return 'advisor' in a
}

/** Whether it is still to take place, or taking place. */
export function isComing(a: Seen): boolean {
  return isOpen(a) && parseTime(a.end) > now()
}

export function isOpen(a: Seen): boolean {
  return a.status === 'held' || a.status === 'booked' || a.status === 'arrived'
}

export function hasBegun(a: Seen): boolean {
  return parseTime(a.start) <= now()
}

/** "周明远律师"; one who no longer serves has no public name. */
export function lawyerName(id: string): Promise<string> {
  return advisor(id).then((a) => `${a.name}律师`, () => '法律顾问')
}

/** How an appointment stands, with its colour. */
export function sayStatus(a: Seen): { status: string; tone: string } {
  if (isOwn(a) && a.orphaned && isComing(a)) return { status: '要改期', tone: 'warn' }
  if (isOpen(a) && !isComing(a)) return { status: '等律师记结果', tone: 'soft' }
  if (isOwn(a) && a.missed_by) return { status: a.missed_by === 'advisor' ? '律师没有到' : '约的人没有到', tone: 'bad' }
  return { status: statusWords[a.status], tone: statusTones[a.status] }
}

/** "到村，大周各庄村"; an address is of nobody's list. */
export async function sayWhere(a: Seen): Promise<string> {
  return `${channelWords[a.channel]}，${await villageName(a.village)}`
}

/** With whom it is: the advisor, and for the advisor whoever it is for. */
export async function sayWhom(a: Own): Promise<string> {
  if (a.advisor === person()?.id) return 'name' in a ? a.name : '村民'
  const lawyer = await lawyerName(a.advisor)
  return a.for_other && 'name' in a && a.booked_by === person()?.id ? `${lawyer}，替${a.name}约的` : lawyer
}

/** One line of what happened. */
export interface Happening { nth: number; at: string; words: string; reason: string }

/** What happened, the latest first. */
export function happenings(a: Own): Happening[] {
  return a.events.map((e, nth) => ({
    nth, at: sayTime(e.at, now()), reason: e.reason ?? '',
    words: `${whoDid(a, e)}${verbWords[e.verb]}${e.verb === 'reschedule' ? `，改到 ${sayTime(e.start, now())}` : ''}`,
  })).reverse()
}

function whoDid(a: Own, { by, verb }: Schemas['Event']): string {
  if (verb === 'orphan' || verb === 'restore') return ''
  if (by === null) return '到时间自动'
  const { id, kind } = person() ?? {}
  const mine = kind === by && (a.advisor === id || !a.for_other)
  return `${mine ? '您' : kindWords[by]} · `
}
