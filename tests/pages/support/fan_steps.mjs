// A fan's way through the page, step by step: each step waits until the page shows what it leads to.

/** The steps on one page with the words that it uses. */
export class FanSteps {
  constructor(page, words) {
    this.page = page;
    this.words = words;
  }

  button(name, within = this.page) {
    return within.getByRole("button", { name, exact: true });
  }
  heading(name) {
    return this.page.getByRole("heading", { level: 1, name, exact: true });
  }
  async shows(name) {
    await this.heading(name).waitFor();
  }

  /** From the list to the concert. */
  async choose(title) {
    await this.shows(this.words.concerts.title);
    await this.page.getByRole("link", { name: title, exact: true }).click();
    await this.shows(title);
  }
  async join() {
    await this.button(this.words.join.button).or(this.button(this.words.join.again)).click();
  }
  async waits() {
    await this.shows(this.words.wait.title);
  }
  /** The place in the line as it is shown. */
  async place() {
    return Number((await this.page.locator(".place .big").innerText()).replace(/\D+/g, ""));
  }
  /** In the shop, with the seats read. */
  async shops() {
    await this.shows(this.words.shop.title);
    await this.page.locator(".seat-map-surface canvas").waitFor();
  }
  async chooseBest(quantity) {
    const { fewer, more, holdBest } = this.words.shop;
    const shown = async () => Number(await this.page.locator("output").innerText());
    while ((await shown()) < quantity) await this.button(more).click();
    while ((await shown()) > quantity) await this.button(fewer).click();
    await this.button(holdBest(quantity)).click();
    await this.holds();
  }
  async holds() {
    await this.shows(this.words.hold.title);
  }
  /** Adds the missing money, where the server lets fans do that. */
  async charge() {
    await this.button(this.words.hold.charge).click();
    await this.payButton().waitFor();
  }
  payButton() {
    const name = this.words.hold.pay("@").replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace("@", ".*\\d.*");
    return this.page.getByRole("button", { name: new RegExp(`^${name}$`) });
  }
  async pay() {
    await this.payButton().click();
    await this.shows(this.words.bought.title);
  }
  async showTickets() {
    await this.page.getByRole("navigation").getByRole("link", { name: this.words.nav.tickets, exact: true }).click();
    await this.shows(this.words.tickets.title);
  }
  tickets() {
    return this.page.locator("li.ticket");
  }
  async leaveShop() {
    await this.button(this.words.shop.leave).click();
    await this.button(this.words.shop.leave, this.page.locator("dialog[open]")).click();
  }
}
