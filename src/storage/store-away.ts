/** The store did not answer in time, refused for reasons of its own, or is closed. Nothing is known of what was asked. */
export class StoreAway extends Error {
  override name = 'StoreAway'
}
