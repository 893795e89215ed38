/** A drawing beside words; what it means stands in the words. */
Component({ properties: { name: String } })
