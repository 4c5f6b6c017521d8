/** Shows an amount of money: two decimals, more where it would otherwise read as nothing. */
export function formatMoney(amount: number, currency: string): string {
  const size = Math.abs(amount);
  const decimals = size >= 1 || size === 0 ? 2 : size >= 0.01 ? 4 : Math.min(8, 2 - Math.floor(Math.log10(size)));
  return `${amount.toFixed(decimals)} ${currency}`;
}
