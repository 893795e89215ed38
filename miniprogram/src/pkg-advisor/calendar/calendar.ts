import { api, faultOf } from '../../lib/api'
import { now } from '../../lib/clock'
import { dataset, page } from '../../lib/page'
import type { State } from '../../lib/page'
import { addDays, clockOf, dayOf, mondayOf, parseTime, sayClock, sayDate, sayDay, saySpan } from '../../lib/times'
import { refreshUnread } from '../../lib/unread'
import { channelWords, statusTones, statusWords } from '../../lib/words'
import { bookings, closures, placeNames, sayLeaveOn } from '../diary'
import type { Booking, Closure } from '../diary'
import type { Schedule } from '../edits'

interface Line { id: string; time: string; words: string; name: string; tag: string; tone: string; label: string }
interface Day { day: string; words: string; near: string; leave: string[]; shifts: string[]; lines: Line[] }

const WEEK = [0, 1, 2, 3, 4, 5, 6]

page({
  data: { monday: '', title: '', current: true, count: 0, readAt: '', behind: false, days: [] as Day[] },

  onLoad() {
    this.setData({ monday: mondayOf(dayOf(now())) })
  },

  onShow() {
    void this.fill()
    void refreshUnread()
  },

  /** On the road there is often no network: what was read before stays, and says from when it is. */
  async load(): Promise<State> {
    try {
      return await this.read()
    } catch (err) {
      if (this.data.state !== 'ready' || !faultOf(err).offline) throw err
      this.setData({ behind: true })
      return 'ready'
    }
  },

  async read(): Promise<State> {
    const { monday } = this.data
    const sunday = addDays(monday, 6)
    const current = monday === mondayOf(dayOf(now()))
    this.setData({ title: `${sayDate(monday).split(' ')[0]!} 到 ${sayDate(sunday).split(' ')[0]!}`, current })
    const [found, leave, schedule] = await Promise.all([bookings(monday, sunday), closures(), api.get('/me/schedule')])
    const names = await placeNames([...found, ...schedule.shifts, ...schedule.openings].map((x) => x.village))
    if (monday !== this.data.monday) return this.data.state // another week is wanted by now
    const thisWeek = mondayOf(dayOf(now()))
    if (current && monday !== thisWeek) { // the phone has just heard what day it is
      this.setData({ monday: thisWeek })
      return this.read()
    }
    this.setData({
      readAt: sayClock(now()), behind: false, count: found.length, days: WEEK.map((n) => dayShown(addDays(monday, n), n + 1, found, leave, schedule, names)),
    })
    return 'ready'
  },

  turn(event: WechatMiniprogram.TouchEvent) {
    this.show(addDays(this.data.monday, Number(dataset<{ by: string }>(event).by)))
  },

  back() {
    this.show(mondayOf(dayOf(now())))
  },

  show(monday: string) {
    this.setData({ monday, state: 'loading' })
    void this.fill()
  },

  open(event: WechatMiniprogram.TouchEvent) {
    void wx.navigateTo({ url: dataset<{ url: string }>(event).url })
  },
})

function dayShown(day: string, weekday: number, found: Booking[], leave: Closure[], schedule: Schedule, names: Record<string, string>): Day {
  const near = sayDay(day, now())
  const shift = (s: { from: string; to: string; village: string }): string => `${saySpan(s.from, s.to)} ${names[s.village]!}`
  return {
    day, words: sayDate(day), near: near.length === 2 ? near : '',
    leave: leave.filter((c) => sayLeaveOn(day, c)).map((c) => `请假 ${sayLeaveOn(day, c)}：${c.reason}`),
    shifts: day < dayOf(now()) ? [] : [
      ...schedule.shifts.filter((s) => s.weekday === weekday).map((s) => `班次 ${shift(s)}`),
      ...schedule.openings.filter((o) => o.day === day).map((o) => `加开 ${shift(o)}`),
    ],
    lines: found.filter((b) => dayOf(parseTime(b.start)) === day).map((b) => lineOf(b, names[b.village]!)),
  }
}

function lineOf(b: Booking, place: string): Line {
  const tag = b.orphaned ? '要改期' : b.status === 'booked' ? '' : statusWords[b.status]
  const words = `${channelWords[b.channel]} · ${place}`
  return {
    id: b.id, time: sayClock(parseTime(b.start)), words, name: b.name, tag, tone: b.orphaned ? 'warn' : statusTones[b.status],
    label: `${saySpan(clockOf(parseTime(b.start)), clockOf(parseTime(b.end)))}，${words}，${b.name} ${tag}，打开预约`,
  }
}
