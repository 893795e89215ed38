import type { Schemas } from '../lib/api'
import { api } from '../lib/api'
import { now } from '../lib/clock'
import { sayRange } from '../lib/times'
import { channelWords } from '../lib/words'
import { placeNames } from './diary'

export type Schedule = Schemas['Schedule']
export type Edit = Schemas['ScheduleEdit']

/** A booking that a change would push out of the schedule, in words. */
export interface Touched { id: string; when: string; how: string; where: string }

/** What an edit of the schedule would push out: not what is out of it already. */
export async function touchedBy(edit: Edit): Promise<Touched[]> {
  const [before, after] = await Promise.all([tried({ rev: edit.rev }), tried(edit)])
  const already = new Set(before.map((o) => o.appointment))
  return sayTouched(after.filter((o) => !already.has(o.appointment)))
}

export async function sayTouched(orphans: Schemas['Orphan'][]): Promise<Touched[]> {
  if (!orphans.length) return []
  const names = await placeNames(orphans.map((o) => o.village))
  return orphans.map((o) => ({
    id: o.appointment, when: sayRange(o.start, o.end, now()), how: channelWords[o.channel], where: names[o.village]!,
  }))
}

async function tried(edit: Edit): Promise<Schemas['Orphan'][]> {
  const { orphaned } = await api.put('/me/schedule', { query: { dry_run: true }, body: edit })
  return orphaned
}
