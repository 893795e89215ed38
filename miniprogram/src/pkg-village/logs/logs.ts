import type { Schemas } from '../../lib/api'
import type { SeenLog } from '../../lib/logs'
import { logsBack, spanOf } from '../../lib/logs'
import { dataset, page } from '../../lib/page'
import type { State } from '../../lib/page'
import { Pager } from '../../lib/pager'
import { advisorName } from '../../lib/places'
import { logStatusWords, modeWords } from '../../lib/words'

type Status = Schemas['LogStatus']

interface Row { id: string; day: string; time: string; who: string; how: string; credited: boolean }

const FILTERS: Status[] = ['unconfirmed', 'confirmed', 'disputed']

/** The services of which the people of the village say whether they took place: when and how, not what about. */
page({
  data: {
    filters: FILTERS.map((code) => ({ code, words: logStatusWords[code] })), status: 'unconfirmed' as Status, logs: [] as Row[], done: false,
  },
  pager: null as Pager<SeenLog> | null,

  onShow() {
    void this.fill()
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
      const logs = [...this.data.logs, ...(await rowsOf(await pager.more()))]
      if (this.pager === pager) this.setData({ logs, done: pager.done, state: logs.length ? 'ready' : 'empty' })
    })
  },

  onReachBottom() {
    if (this.data.state === 'ready' && !this.data.done) void this.more()
  },

  choose(event: WechatMiniprogram.TouchEvent) {
    const { code } = dataset<{ code: Status }>(event)
    if (code === this.data.status) return
    this.setData({ status: code, logs: [], state: 'loading' })
    void this.fill()
  },

  open(event: WechatMiniprogram.TouchEvent) {
    void wx.navigateTo({ url: `/pkg-village/log/log?id=${dataset<{ id: string }>(event).id}` })
  },
})

function rowsOf(logs: SeenLog[]): Promise<Row[]> {
  return Promise.all(logs.map(async (l) => ({
    id: l.id, ...spanOf(l), who: `${await advisorName(l.advisor)}律师`, how: modeWords[l.mode], credited: 'with' in l,
  })))
}
