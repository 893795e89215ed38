import type { Schemas } from '../lib/api'
import { api, Fault, faultOf } from '../lib/api'
import { now } from '../lib/clock'
import { Pager } from '../lib/pager'
import { advisor, shortName, villageName } from '../lib/places'
import { person } from '../lib/session'
import { clockOf, dayOf, parseTime, sayClock, sayDay, saySpan, sayTime } from '../lib/times'

/** What an advisor's own pages read: the bookings, the leave, the villages served. */

export type Booking = Schemas['Appointment']
export type Closure = Schemas['Closure']

/** A village that is served, and on which days of the week; 1 is Monday. */
export interface Place { code: string; name: string; town: string; weekdays: number[] }

const KEPT = 'served'
const MOST = 100 // the most that the server answers at once

/** The bookings from one day to another, or on without end, the earliest first; what was cancelled is not among them. */
export async function bookings(from: string, to?: string): Promise<Booking[]> {
  const all = await whole((cursor) => api.get('/appointments', { query: { from, to, limit: MOST, cursor } }))
  return all.filter((a): a is Booking => 'topic' in a && a.status !== 'cancelled').reverse()
}

/** All leave that the server still keeps: what ended over three months ago is gone. */
export function closures(): Promise<Closure[]> {
  return whole((cursor) => api.get('/me/closures', { query: { limit: MOST, cursor } }))
}

/** Reads a list to its end; for lists that are short by nature. */
export async function whole<T>(ask: (cursor: string) => Promise<{ items: T[]; next: string }>): Promise<T[]> {
  const pager = new Pager(ask)
  const all = await pager.first()
  while (!pager.done) all.push(...(await pager.more()))
  return all
}

/** The villages that one serves; without network, as this phone last knew them. */
export async function served(): Promise<Place[]> {
  const id = person()?.id
  if (!id) throw new Fault(-1, 'login_needed', '登录以后才能看')
  try {
    const { villages, service_times: times } = await advisor(id)
    const places = villages.map((v) => ({
      code: v.code, name: shortName(v.name), town: v.town_name, weekdays: times.filter((t) => t.village === v.code).map((t) => t.weekday),
    }))
    wx.setStorageSync(KEPT, { id, places })
    return places
  } catch (err) {
    const kept = wx.getStorageSync(KEPT) as { id: string; places: Place[] } | ''
    if (faultOf(err).offline && kept && kept.id === id) return kept.places
    throw err
  }
}

/** What villages are called, by their codes. */
export async function placeNames(codes: string[]): Promise<Record<string, string>> {
  const names = Object.fromEntries((await served()).map((p) => [p.code, p.name]))
  const others = [...new Set(codes)].filter((code) => !names[code]) // served no longer
  await Promise.all(others.map(async (code) => {
    names[code] = await villageName(code)
  }))
  return names
}

/** "明天 全天", "明天 到 11月26日 周四", "明天上午 9:00 到 11:00": when somebody is on leave. */
export function sayLeave({ from, to }: Pick<Closure, 'from' | 'to'>): string {
  const says = wholeDays(from) ? (text: string) => sayDay(text, now()) : (text: string) => sayTime(text, now())
  if (from === to) return `${says(from)} 全天`
  if (wholeDays(from) || !sameDay(from, to)) return `${says(from)} 到 ${says(to)}`
  const day = sayDay(dayOf(parseTime(from)), now())
  return `${day}${day.length > 2 ? ' ' : ''}${saySpan(clockOf(parseTime(from)), clockOf(parseTime(to)))}`
}

/** What of a leave falls on a day: "全天", "上午 9:00 到 11:00", "下午 2:00 起"; '' if nothing does. */
export function sayLeaveOn(day: string, { from, to }: Closure): string {
  if (wholeDays(from)) return from <= day && day <= to ? '全天' : ''
  const [first, last] = [parseTime(from), parseTime(to)]
  if (day < dayOf(first) || day > dayOf(last)) return ''
  if (sameDay(from, to)) return saySpan(clockOf(first), clockOf(last))
  if (day === dayOf(first)) return `${sayClock(first)} 起`
  return day === dayOf(last) ? `到 ${sayClock(last)}` : '全天'
}

/** A leave is said in days or in times. */
export function wholeDays(bound: string): boolean {
  return bound.length === 10
}

function sameDay(one: string, other: string): boolean {
  return dayOf(parseTime(one)) === dayOf(parseTime(other))
}
