/// Every order of `items`.
func permutations<Item>(_ items: [Item]) -> [[Item]] {
  if items.count < 2 { return [items] }
  return items.indices.flatMap { index -> [[Item]] in
    var rest = items
    let first = rest.remove(at: index)
    return permutations(rest).map { [first] + $0 }
  }
}
