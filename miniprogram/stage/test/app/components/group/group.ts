Component({
  relations: {
    '../choice/choice': { type: 'descendant' },
  },
  data: { size: 0 },
  methods: {
    choose(name: string) {
      for (const choice of this.getRelationNodes('../choice/choice')) choice.setData({ on: choice.data.name === name })
    },
  },
})
