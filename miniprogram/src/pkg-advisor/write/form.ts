import type { Schemas } from '../../lib/api'
import { beijing, clockOf, dayOf, parseTime } from '../../lib/times'
import { counterWords } from '../../lib/words'

/** A service log as it is being written. */
export interface Form {
  kind: string // one of KINDS, '' with a booking or when an older log is corrected
  place: string // code of a village, or of a town for its station
  mode: Schemas['Mode']
  duty: Schemas['Duty']
  day: string
  from: string
  minutes: number
  counters: Schemas['Counters']
  with: string[]
  groups: Schemas['KeyGroup'][]
  method: string
  content: string
  result: string
  files: string[]
  concerns: boolean
  note: string
  reason: string // why it is corrected
}

export type Counter = keyof Schemas['Counters']

/** What a service is mostly one of: what follows from it, and what is to be counted. */
export interface Kind { code: string; words: string; duty: Schemas['Duty']; once: Counter[]; counts: Counter[] }

export const KINDS: Kind[] = [
  { code: 'walk-in', words: '走访咨询', duty: 'consultation', once: ['consultations'], counts: ['consultations'] },
  { code: 'lecture', words: '讲座', duty: 'publicity', once: [], counts: ['lecture_people', 'materials'] },
  { code: 'mediation', words: '调解', duty: 'dispute', once: ['disputes_mediated'], counts: ['disputes_mediated'] },
  { code: 'review', words: '审查合同、村规', duty: 'governance', once: [], counts: ['documents', 'village_rules'] },
  { code: 'other', words: '其他', duty: 'guidance', once: [], counts: [] },
]

export const STATIONS: Schemas['Mode'][] = ['station', 'panel', 'tour'] // what a town's station gives
const MODES: Record<Schemas['Channel'], Schemas['Mode']> = { visit: 'fixed', home: 'home', phone: 'online', video: 'online' }
const LONGEST = 12 * 60

/** Nothing counted yet. */
export function nothing(): Schemas['Counters'] {
  return Object.fromEntries(Object.keys(counterWords).map((k) => [k, 0])) as Schemas['Counters']
}

/** A service of its own: an hour until now, at the first place. */
export function freshForm(place: string, now: Date): Form {
  const start = new Date(Math.floor((now.getTime() - 3_600_000) / 1_800_000) * 1_800_000)
  return withKind({
    kind: '', place, mode: place.length === 9 ? 'station' : 'fixed', duty: 'consultation', day: dayOf(start), from: clockOf(start), minutes: 60,
    counters: nothing(), with: [], groups: [], method: '', content: '', result: '', files: [], concerns: false, note: '', reason: '',
  }, KINDS[0]!)
}

/** What follows from a booking. One that ended before its time ends now. */
export function formOfBooking(a: Schemas['Appointment'], now: Date): Form {
  const start = parseTime(a.start)
  const planned = minutesBetween(start, parseTime(a.end))
  const gone = minutesBetween(start, now)
  return {
    ...freshForm(a.village, now), kind: '', mode: MODES[a.channel], day: dayOf(start), from: clockOf(start),
    minutes: gone > 0 ? Math.min(planned, gone) : planned, concerns: a.concerns_village,
  }
}

export function formOfLog(log: Schemas['LogOwn']): Form {
  const start = parseTime(log.start)
  return {
    kind: '', place: log.village ?? log.town, mode: log.mode, duty: log.duty, day: dayOf(start), from: clockOf(start),
    minutes: minutesBetween(start, parseTime(log.end)), counters: log.counters, with: log.with, groups: log.groups,
    method: log.method, content: log.content, result: log.result, files: log.files, concerns: log.concerns_village, note: log.note, reason: '',
  }
}

/** Another kind of service: what it presets takes the place of what the kind before preset. */
export function withKind(form: Form, kind: Kind): Form {
  const before = KINDS.find((k) => k.code === form.kind)
  const counters = { ...form.counters }
  for (const c of before?.once ?? []) counters[c] = 0
  for (const c of kind.once) counters[c] = counters[c] || 1
  return { ...form, kind: kind.code, duty: kind.duty, counters }
}

/** Another place: a town's station has ways of its own. */
export function withPlace(form: Form, place: string): Form {
  const station = place.length === 9
  const mode = station && !STATIONS.includes(form.mode) ? 'station' : !station && form.mode === 'station' ? 'fixed' : form.mode
  return { ...form, place, mode, with: [] }
}

export function startOf(form: Form): string {
  return beijing(form.day, form.from)
}

export function endOf(form: Form): string {
  const end = new Date(parseTime(startOf(form)).getTime() + form.minutes * 60_000)
  return beijing(dayOf(end), clockOf(end))
}

/** How many minutes it is until a time of day; the next day's, if it is earlier. */
export function minutesUntil(form: Form, to: string): number {
  const minutes = minutesBetween(parseTime(startOf(form)), parseTime(beijing(form.day, to)))
  return minutes > 0 ? minutes : minutes + 24 * 60
}

/** What is still wrong or missing, each with what to do. */
export function missing(form: Form, of: { booking: boolean; correcting: boolean }, now: Date): Record<string, string> {
  const all: [string, boolean, string][] = [
    ['place', !form.place, '请选在哪里服务'],
    ['end', form.minutes > LONGEST, '结束要晚于开始，一次最多 12 小时'],
    ['end', parseTime(endOf(form)) > now, '服务结束以后再记'],
    ['content', !of.booking && !of.correcting && !form.content.trim(), '请写一句服务内容，不写当事人的姓名'],
    ['reason', of.correcting && !form.reason.trim(), '请写为什么更正'],
  ]
  return Object.fromEntries(all.filter(([, wrong]) => wrong).map(([name, , words]) => [name, words]))
}

/** The log as it is sent. */
export function reportOf(form: Form) {
  return {
    ...(form.place.length === 9 ? { town: form.place } : { village: form.place }),
    mode: form.mode, duty: form.duty, start: startOf(form), end: endOf(form), counters: form.counters, with: form.with, groups: form.groups,
    method: form.method.trim(), content: form.content.trim(), result: form.result.trim(), files: form.files,
    concerns_village: form.concerns, note: form.note.trim(),
  } satisfies Schemas['LogRequest']
}

function minutesBetween(start: Date, end: Date): number {
  return Math.floor((end.getTime() - start.getTime()) / 60_000)
}
