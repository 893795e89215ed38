import { serverAddress } from '../../lib/server'

/** An advisor's photo; without one the family name. */
Component({
  properties: {
    advisor: String, // id
    photo: { type: String, value: '' }, // id of the photo, '' without one
    name: String,
  },
  data: { src: '', letter: '' },
  observers: {
    'advisor, photo, name'(advisor: string, photo: string, name: string) {
      this.setData({ src: photo ? `${serverAddress()}/api/v1/advisors/${advisor}/photo?v=${photo}` : '', letter: name.slice(0, 1) })
    },
  },
  methods: {
    lost() {
      this.setData({ src: '' })
    },
  },
})
