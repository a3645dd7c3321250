// The page's own words; what fields and choices are called comes from the database.
const texts = {
	en: {
		board: 'Board', grid: 'Grid', reports: 'Reports', search: 'Search', filter: 'Filter', filters: 'Saved filters', everything: 'Everything', lanes: 'Lanes', none: 'None',
		create: 'New', save: 'Save', cancel: 'Cancel', remove: 'Delete', quote: 'Quote', invoice: 'Invoice', phone: 'Call', edit: 'Edit', export: 'Export',
		next: 'Next', previous: 'Previous', columns: 'Columns', total: 'Total', final_total: 'Final', estimated_total: 'Estimated', realized_total: 'Realized',
		more: 'More', noStage: 'No stage', noLane: 'Without', reason: 'Why was it won or lost?', filterName: 'Name of the filter', subject: 'What was the call about?',
		chosen: 'chosen', change: 'Change', to: 'to', done: 'Done', undone: 'Somebody changed it meanwhile; this is how it is now.', required: 'required', yes: 'yes',
		funnel: 'Came on / entered', waterfall: 'The pipeline this quarter', attainment: 'Won / target, and what is open × probability',
		changes: { begin: 'Begin', new: 'New', grown: 'Grown', shrunk: 'Shrunk', moved_in: 'Moved in', moved_out: 'Moved out', reopened: 'Reopened', won: 'Won', lost: 'Lost', closed: 'Closed', deleted: 'Deleted', unlogged: 'Not logged', end: 'End' },
	},
	fa: {
		board: 'نمای کانبان', grid: 'نمای لیستی', reports: 'گزارش‌ها', search: 'جست‌وجو', filter: 'فیلتر', filters: 'فیلترهای ذخیره‌شده', everything: 'همه', lanes: 'ردیف‌ها', none: 'هیچ',
		create: 'فرصت تازه', save: 'ذخیره', cancel: 'انصراف', remove: 'حذف', quote: 'پیش‌فاکتور', invoice: 'فاکتور', phone: 'تماس', edit: 'ویرایش', export: 'خروجی',
		next: 'بعدی', previous: 'قبلی', columns: 'ستون‌ها', total: 'مجموع', final_total: 'مجموع نهایی', estimated_total: 'مجموع تخمینی', realized_total: 'مجموع تحقق‌یافته',
		more: 'بیشتر', noStage: 'بی‌مرحله', noLane: 'بی', reason: 'چرا برده یا باخته شد؟', filterName: 'نام فیلتر', subject: 'موضوع تماس چه بود؟',
		chosen: 'برگزیده', change: 'تغییر', to: 'به', done: 'انجام شد', undone: 'کسی در این میان آن را تغییر داد؛ اکنون چنین است.', required: 'الزامی', yes: 'بله',
		funnel: 'پیش‌رفته / واردشده', waterfall: 'فرصت‌های باز در این فصل', attainment: 'برنده / هدف، و فرصت‌های باز × احتمال',
		changes: { begin: 'آغاز', new: 'تازه', grown: 'افزایش', shrunk: 'کاهش', moved_in: 'واردشده', moved_out: 'خارج‌شده', reopened: 'بازگشوده', won: 'برنده', lost: 'بازنده', closed: 'بسته‌شده', deleted: 'حذف‌شده', unlogged: 'ثبت‌نشده', end: 'پایان' },
	},
}
export default texts

// To make a format takes a hundred times as long as to use it.
const formats = new Map()
function format(kind, language, options = {}) {
	const key = [kind, language, ...Object.values(options)].join()
	if (!formats.has(key)) formats.set(key, new Intl[kind](language, options))
	return formats.get(key)
}

// Amounts are strings and stay so: Intl takes their digits as they are.
export function money(text, currency, language) {
	if (text == null) return ''
	const cents = Math.min(text.split('.')[1]?.length ?? 0, 2)
	return format('NumberFormat', language, { minimumFractionDigits: cents, maximumFractionDigits: 20 }).format(text) + (currency ? `\u00a0${currency}` : '')
}

export const number = (text, language) => text == null ? '' : format('NumberFormat', language).format(text)

// A day as people of the language write it, by its own calendar; it has no time zone.
export const day = (iso, language) => iso == null ? '' :
	format('DateTimeFormat', language === 'fa' ? 'fa-u-ca-persian' : language, { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(iso.slice(0, 10)))

export function value(field, text, language) {
	if (text == null) return ''
	if (Array.isArray(text)) return text.join(language === 'fa' ? '، ' : ', ')
	if (field?.choices) return text // what people call the value, as the database has it
	if (field?.type === 'number') return money(text, null, language)
	if (field?.type === 'bool') return text ? texts[language].yes : ''
	if (['date', 'datetime'].includes(field?.type)) return day(text, language)
	return String(text)
}
