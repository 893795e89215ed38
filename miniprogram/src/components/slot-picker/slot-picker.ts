import type { Schemas } from '../../lib/api'
import { api, faultOf } from '../../lib/api'
import { now } from '../../lib/clock'
import { look } from '../../lib/look'
import { addDays, dayOf, parseTime, sayClock, sayDate, sayDay } from '../../lib/times'
import { channelHints, channelWords } from '../../lib/words'

type Channel = Schemas['Channel']

interface Time { start: string; end: string; words: string; label: string }
interface Day { day: string; words: string; date: string; times: Time[] }

const DAYS = 30 // how far ahead is looked; the server answers 31 at most
const ORDER: Channel[] = ['visit', 'phone', 'video', 'home']

/**
 * The free times of an advisor for a village: first how, then the day, then
 * the time. It tells `pick` with {start, end, channel}, or with start '' when
 * what was picked no longer holds, and `none` when there is no time at all.
 */
Component({
  properties: {
    advisor: String,
    village: String,
    channel: { type: String, value: '' },
    start: { type: String, value: '' },
  },
  data: {
    state: 'loading', problem: '', elder: look().elder,
    slots: [] as Schemas['Slot'][], channels: [] as { code: Channel; words: string; hint: string }[],
    chosen: '' as Channel | '', days: [] as Day[], day: '', times: [] as Time[], picked: '',
  },
  observers: {
    'advisor, village'(advisor: string, village: string) {
      if (advisor && village) void this.read()
    },
    start(start: string) {
      if (!start || start === this.data.picked || this.data.state !== 'ready') return
      this.setData({ picked: start })
      this.choose(this.properties.channel as Channel)
    },
  },
  methods: {
    /** Reads the times anew, as after somebody else took the one that was picked. */
    async read() {
      this.setData({ elder: look().elder, state: this.data.slots.length ? 'ready' : 'loading' })
      try {
        const today = dayOf(now())
        const list = await api.get('/advisors/{id}/slots', {
          path: { id: this.properties.advisor }, query: { village: this.properties.village, from: today, to: addDays(today, DAYS) },
        })
        const offered = ORDER.filter((c) => list.items.some((s) => s.channel === c))
        const wanted = (this.data.chosen || this.properties.channel) as Channel
        this.setData({
          slots: list.items, state: list.items.length ? 'ready' : 'empty',
          channels: offered.map((code) => ({ code, words: channelWords[code], hint: channelHints[code] })),
          picked: this.data.picked || this.properties.start,
        })
        if (list.items.length) this.choose(offered.includes(wanted) ? wanted : offered[0]!)
        else this.triggerEvent('none')
      } catch (err) {
        const fault = faultOf(err)
        this.setData({ state: fault.offline ? 'offline' : 'error', problem: fault.message })
      }
    },

    takeChannel(event: WechatMiniprogram.TouchEvent) {
      this.choose((event.currentTarget.dataset as { code: Channel }).code)
    },

    takeDay(event: WechatMiniprogram.TouchEvent) {
      const { day } = event.currentTarget.dataset as { day: string }
      this.show(this.data.elder && day === this.data.day ? '' : day)
    },

    takeTime(event: WechatMiniprogram.TouchEvent) {
      const time = this.data.times[(event.currentTarget.dataset as { index: number }).index]!
      this.setData({ picked: time.start })
      this.triggerEvent('pick', { start: time.start, end: time.end, channel: this.data.chosen })
    },

    choose(channel: Channel) {
      const days: Day[] = []
      for (const slot of this.data.slots.filter((s) => s.channel === channel)) {
        const at = parseTime(slot.start)
        const day = dayOf(at)
        const time = { start: slot.start, end: slot.end, words: sayClock(at), label: `${sayDay(day, now())} ${sayClock(at)}` }
        const last = days[days.length - 1]
        if (last?.day === day) last.times.push(time)
        else days.push({ day, ...nameOf(day), times: [time] })
      }
      this.setData({ chosen: channel, days })
      const kept = days.find((d) => d.times.some((t) => t.start === this.data.picked))
      if (!kept && this.data.picked) {
        this.setData({ picked: '' })
        this.triggerEvent('pick', { start: '', end: '', channel })
      }
      this.show((kept ?? days.find((d) => d.day === this.data.day) ?? (this.data.elder ? undefined : days[0]))?.day ?? '')
    },

    show(day: string) {
      this.setData({ day, times: this.data.days.find((d) => d.day === day)?.times ?? [] })
    },
  },
})

/** "明天" and "11月25日 周三"; further off "周三" and "11月25日". */
function nameOf(day: string): { words: string; date: string } {
  const near = sayDay(day, now())
  const date = sayDate(day)
  if (near.length === 2) return { words: near, date }
  const [monthDay = '', weekday = ''] = date.split(' ')
  return { words: weekday, date: monthDay }
}
