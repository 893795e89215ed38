import type { Schemas } from '../lib/api'
import { api, Fault } from '../lib/api'
import { now } from '../lib/clock'
import { person } from '../lib/session'
import { sayMinutes, parseTime, sayRange } from '../lib/times'
import { counterWords, dutyWords, groupWords, modeWords } from '../lib/words'
import { placeNames, served, whole } from './diary'

/** What a service log reports, in words. */

type Counter = keyof Schemas['Counters']
type Told = Pick<Schemas['LogReport'], 'village' | 'town' | 'start' | 'end' | 'mode' | 'duty' | 'counters' | 'with' | 'groups' | 'method' | 'content' | 'result' | 'concerns_village'>

export interface Line { name: string; words: string }

export const COUNTERS = Object.keys(counterWords) as Counter[]

/** The id of the advisor who is logged in. */
export function me(): string {
  const id = person()?.id
  if (!id) throw new Fault(-1, 'login_needed', '登录以后才能看')
  return id
}

/** Where a service was given: the code of a village, or of a town whose station it was. */
export function placeOf(log: { village: string | null; town: string }): string {
  return log.village ?? log.town
}

/** What places are called, by their codes: villages, towns, the district. */
export async function sayPlaces(codes: string[]): Promise<Record<string, string>> {
  const [villages, mine] = await Promise.all([placeNames(codes.filter((c) => c.length === 12)), served()])
  const areas = codes.filter((c) => c.length < 12).map((code) => [code, code.length === 9 ? (mine.find((p) => p.code.startsWith(code))?.town ?? '乡镇') : '全区'])
  return { ...villages, ...(Object.fromEntries(areas) as Record<string, string>) }
}

/** Where a service was given, in words: what is given in a town is given at its station. */
export function sayPlace(code: string, names: Record<string, string>): string {
  const name = names[code] ?? ''
  return code.length === 9 ? stationOf(name) : name
}

/** Where the advisors of a town sit for all its villages. */
export function stationOf(town: string): string {
  return `${town}服务站`
}

/** Those with whom a service in a place can have been given. A town's are those of the villages served there. */
export async function helpersAt(place: string): Promise<Schemas['Helper'][]> {
  const villages = place.length === 12 ? [place] : (await served()).map((p) => p.code).filter((code) => code.startsWith(place))
  const lists = await Promise.all(villages.map((code) =>
    whole((cursor) => api.get('/villages/{code}/helpers', { path: { code }, query: { limit: 100, cursor } })).catch(() => [])))
  return [...new Map(lists.flat().map((h) => [h.id, h])).values()]
}

/** "法律咨询 3 次", for each that is not zero. */
export function sayCounters(counters: Schemas['Counters']): string[] {
  return COUNTERS.filter((k) => counters[k] > 0).map((k) => `${counterWords[k].name} ${counters[k]} ${counterWords[k].unit}`)
}

/** A report, a line each; what was not told is left out. */
export function linesOf(r: Told, places: Record<string, string>, helpers: Schemas['Helper'][]): Line[] {
  const minutes = Math.round((parseTime(r.end).getTime() - parseTime(r.start).getTime()) / 60_000)
  const all: [string, string][] = [
    ['时间', `${sayRange(r.start, r.end, now())}（${sayMinutes(minutes)}）`],
    ['地点', sayPlace(placeOf(r), places)],
    ['形式、事项', `${modeWords[r.mode]} · ${dutyWords[r.duty]}`],
    ['计数', sayCounters(r.counters).join('，')],
    ['一同服务', r.with.map((id) => helpers.find((h) => h.id === id)?.name ?? '名单外的人').join('、')],
    ['重点群体', r.groups.map((g) => groupWords[g]).join('、')],
    ['服务内容', r.content],
    ['办理方法', r.method],
    ['结果', r.result],
    ['涉及村（居）委会', r.concerns_village ? '是，村里的人看不到这一篇' : ''],
  ]
  return all.filter(([, words]) => words).map(([name, words]) => ({ name, words }))
}
