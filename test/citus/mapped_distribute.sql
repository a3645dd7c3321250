-- Both applications distributed, each by its own column.
SELECT create_reference_table('app.country') \g /dev/null
SELECT create_distributed_table('app.phase', 'workspace') \g /dev/null
SELECT create_distributed_table(t, 'workspace', colocate_with => 'app.phase') FROM unnest('{app.company,app.deal,app.note}'::regclass[]) AS t \g /dev/null
SELECT create_reference_table('shop.step') \g /dev/null
SELECT create_distributed_table('shop.client', 'customer') \g /dev/null
SELECT create_distributed_table('shop.deal', 'customer', colocate_with => 'shop.client') \g /dev/null
