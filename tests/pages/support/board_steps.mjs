// What an operator does on the board, step by step.

export class BoardSteps {
  constructor(page, words) {
    this.page = page;
    this.words = words;
  }

  button(name, within = this.page) {
    return within.getByRole("button", { name, exact: true });
  }
  async shows(name) {
    await this.page.getByRole("heading", { level: 1, name, exact: true }).waitFor();
  }
  async tells(text) {
    await this.page.locator(".notices").getByText(text).waitFor();
  }

  async typeKey(secret) {
    await this.shows(this.words.signIn.title);
    await this.page.getByLabel(this.words.signIn.key).fill(secret);
    await this.button(this.words.signIn.button).click();
  }
  async signIn(secret) {
    await this.typeKey(secret);
    await this.page.locator("header.head").waitFor();
  }
  /** The names of the links at the head, or of the tabs of a concert. */
  async links(label) {
    const navigation = this.page.getByRole("navigation", { name: label, exact: true });
    await navigation.waitFor();
    return navigation.getByRole("link").allInnerTexts();
  }

  async visit(...parts) {
    await this.page.evaluate((hash) => { location.hash = hash; }, "#/" + parts.join("/"));
  }
  /** A tab of a concert. */
  async opens(concert, tab = "") {
    await this.visit("concerts", concert.concertId, tab);
    await this.shows(concert.title);
  }

  /** Confirms in the dialog what the button asks, with what must be typed. */
  async confirm(button, typed) {
    const dialog = this.page.locator("dialog[open]");
    if (typed !== undefined) await dialog.locator("input[name=typed]").fill(typed);
    await this.button(button, dialog).click();
    await dialog.waitFor({ state: "detached" });
  }
  async chooseSeats(text) {
    await this.button(this.words.seats.several).click();
    await this.page.getByLabel(this.words.seats.byNumber).fill(text);
    await this.button(this.words.seats.select).click();
  }
  async find(kind, text) {
    await this.page.getByLabel(this.words.find.by, { exact: true }).selectOption(kind);
    await this.page.getByLabel(this.words.find.what, { exact: true }).fill(String(text));
    await this.button(this.words.search).click();
  }
}
