// Operators look after mail: the queue, one mail, no server; with a mail server that is not there.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, tabTo } from './browser.mjs';
import { Ferry } from './ferry.mjs';
import { faults, logIn, pictures } from './operator.mjs';

const nowhere = { CERTFERRY_MAIL_SERVER: '127.0.0.1', CERTFERRY_MAIL_PORT: '1', CERTFERRY_MAIL_TLS: 'none',
    CERTFERRY_MAIL_FROM: 'ca@example.org', CERTFERRY_MAIL_RETRY: '600s', CERTFERRY_MAIL_DIGEST: 'false' };
const long = 'a.very.long.name.that.goes.on.and.on@an-organisation-with-a-long-name.example.org';
let ferry, silent, browser, page, mail;

const state = async (id) => JSON.parse(await ferry.command('mail', 'show', id, '--json'));

before(async () => {
    [ferry, silent] = await Promise.all([Ferry.start(nowhere), Ferry.start()]);
    browser = await launch();
    const all = [];
    for (const address of [long, 'anna@example.org'])
        all.push(JSON.parse(await ferry.command('mail', 'ca', address, '--json')).id);
    [mail] = all; // the other one waits: a server that is not there is not asked again at once
    while ((await state(mail)).error === null)
        await new Promise((resolve) => setTimeout(resolve, 50));
    page = await logIn(browser, ferry);
});

after(async () => {
    await browser?.close();
    await ferry?.stop();
    await silent?.stop();
});

const pages = {
    mails: () => '/admin/mail',
    'mails-none': () => '/admin/mail?state=unsure',
    mail: () => `/admin/mail/${mail}`,
    'new-link-mail': () => '/admin/links/new',
};

for (const [name, path] of Object.entries(pages))
    test(`${name}: no serious fault for anybody, at both sizes, light and dark`, async () => {
        const found = await faults(page, ferry.https + path());
        await pictures(page, name);
        assert.deepEqual(found, []);
    });

test('without a mail server: no serious fault for anybody', async () => {
    const other = await logIn(browser, silent);
    const found = await faults(other, `${silent.https}/admin/mail`);
    await pictures(other, 'mails-off');
    assert.deepEqual(found, []);
    await other.context().close();
});

test('a link that was made with a mail says so, without serious fault', async () => {
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.goto(`${ferry.https}/admin/links/new`);
    await page.getByRole('textbox', { name: 'User' }).first().fill(long);
    await page.getByLabel('Send the link by mail').check();
    await page.getByRole('button', { name: 'Make the link' }).click();
    await page.getByText('By mail to').waitFor();
    const found = await faults(page, page.url());
    await pictures(page, 'link-mailed');
    assert.deepEqual(found, []);
});

test('the keyboard alone ends a mail, and a page that is open elsewhere says so by itself', async () => {
    const watching = await page.context().newPage();
    await watching.goto(`${ferry.https}/admin/mail`);
    await page.goto(`${ferry.https}/admin/mail/${mail}`);
    await tabTo(page, page.getByRole('button', { name: 'Do not send it' }));
    await page.keyboard.press('Enter');
    await page.getByText('The mail is not sent any more.').waitFor();
    assert.equal((await state(mail)).state, 'cancelled');
    await watching.getByRole('cell', { name: 'Cancelled' }).waitFor();
    await watching.close();
});

test('a test mail that no server takes says why', async () => {
    await page.goto(`${ferry.https}/admin/mail`);
    await page.getByLabel('To', { exact: false }).last().fill('anna@example.org');
    await page.getByRole('button', { name: 'Send the test mail' }).click();
    await page.getByRole('alert').getByText('The test mail was not sent.').waitFor();
    assert.equal(await page.getByRole('textbox').inputValue(), 'anna@example.org');
    await pictures(page, 'mails-test-failed');
});
