import { log } from '../../lib/log'

const counting = Behavior({
  data: { count: 0 },
  methods: {
    add() {
      this.setData({ count: this.data.count + 1 })
      this.triggerEvent('count', { count: this.data.count })
    },
  },
})

Component({
  behaviors: [counting, 'wx://form-field'],
  options: { multipleSlots: true },
  properties: { heading: String },
  pageLifetimes: {
    show() {
      log('card show')
    },
  },
})
