import type { Schemas } from '../../lib/api'
import { api } from '../../lib/api'
import { now } from '../../lib/clock'
import type { SeenLog } from '../../lib/logs'
import { logsBack, spanOf } from '../../lib/logs'
import { dataset, page } from '../../lib/page'
import type { State } from '../../lib/page'
import { Pager } from '../../lib/pager'
import { person } from '../../lib/session'
import { monthOf, sayMinutes } from '../../lib/times'
import { refreshUnread } from '../../lib/unread'
import { dutyWords, logStatusTones, logStatusWords, modeWords } from '../../lib/words'
import { me, placeOf, sayPlace, sayPlaces } from '../report'

type Status = Schemas['LogStatus'] | ''

interface Row { id: string; day: string; time: string; where: string; how: string; status: string; tone: string; joint: boolean }

const FILTERS: { code: Status; words: string }[] = [
  { code: '', words: '全部' },
  { code: 'unconfirmed', words: logStatusWords.unconfirmed },
  { code: 'disputed', words: logStatusWords.disputed },
  { code: 'confirmed', words: logStatusWords.confirmed },
]

/** The advisor's own service logs, and those in which another named them. */
page({
  data: { filters: FILTERS, status: '' as Status, logs: [] as Row[], done: false, month: '', visits: '' },
  pager: null as Pager<SeenLog> | null,
  opened: '',

  /** Who comes back from one log finds the list where it was, with that log as it is now. */
  onShow() {
    const id = this.opened
    this.opened = ''
    void this.readMonth()
    if (id && this.data.state === 'ready') void this.renew(id)
    else void this.fill()
  },

  async load(): Promise<State> {
    const pager = new Pager(logsBack(this.data.status))
    this.pager = pager
    const logs = await rowsOf(await pager.first())
    if (this.pager !== pager) return this.data.state // another filter was chosen meanwhile
    this.setData({ logs, done: pager.done })
    return logs.length ? 'ready' : 'empty'
  },

  async more() {
    await this.act(async () => {
      const pager = this.pager!
      const logs = await rowsOf(await pager.more())
      if (this.pager === pager) this.setData({ logs: [...this.data.logs, ...logs], done: pager.done, state: this.data.logs.length + logs.length ? 'ready' : 'empty' })
    })
  },

  onReachBottom() {
    if (this.data.state === 'ready' && !this.data.done) void this.more()
  },

  async renew(id: string) {
    const log = await api.get('/service-logs/{id}', { path: { id } }).catch(() => null)
    const at = this.data.logs.findIndex((l) => l.id === id)
    if (log && at >= 0) this.setData({ [`logs[${at}]`]: (await rowsOf([log]))[0] })
  },

  /** The line on top; the page stands without it. */
  async readMonth() {
    void refreshUnread()
    try {
        const month = monthOf(now())
      const { items } = await api.get('/tallies', { query: { advisor: me(), from: month, to: month } })
      const { services, on_site_minutes: minutes, visits } = items[0]!
      this.setData({ month: `服务 ${services} 次 · 到场 ${sayMinutes(minutes)}`, visits: `到村 ${visits} 天` })
    } catch {
      this.setData({ month: '', visits: '' })
    }
  },

  choose(event: WechatMiniprogram.TouchEvent) {
    const { code } = dataset<{ code: Status }>(event)
    if (code === this.data.status) return
    this.setData({ status: code, logs: [], state: 'loading' })
    void this.fill()
  },

  open(event: WechatMiniprogram.TouchEvent) {
    const { id } = dataset<{ id: string }>(event)
    this.opened = id
    void wx.navigateTo({ url: `/pkg-advisor/log/log?id=${id}` })
  },

  go(event: WechatMiniprogram.TouchEvent) {
    void wx.navigateTo({ url: dataset<{ url: string }>(event).url })
  },
})

async function rowsOf(logs: SeenLog[]): Promise<Row[]> {
  const places = await sayPlaces(logs.map(placeOf))
  return logs.map((l) => ({
    id: l.id, ...spanOf(l), where: sayPlace(placeOf(l), places), how: `${modeWords[l.mode]} · ${dutyWords[l.duty]}`,
    status: logStatusWords[l.status], tone: logStatusTones[l.status], joint: l.advisor !== person()?.id,
  }))
}
