exports.value = 'from exports';
