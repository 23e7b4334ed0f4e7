import { Component, createElement, type ComponentType, type FunctionComponent } from 'preact'

/** A component that is drawn again only when one of its props is another: long lists stay quick. */
export function memo<P extends object>(Inner: FunctionComponent<P>): ComponentType<P> {
  return class Memo extends Component<P> {
    override shouldComponentUpdate(next: Readonly<P>) {
      const keys = Object.keys(next) as (keyof P)[]
      return keys.some((key) => next[key] !== this.props[key])
    }
    override render() {
      return createElement(Inner, this.props as P)
    }
  }
}
