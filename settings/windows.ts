/**
 * Shortest backup and maintenance windows, in minutes, of RDS (Amazon RDS, CreateDBInstance: PreferredBackupWindow,
 * PreferredMaintenanceWindow) and of ElastiCache (CreateReplicationGroup: PreferredMaintenanceWindow; ElastiCache User
 * Guide, "Scheduling automatic backups").
 */
export const SHORTEST_WINDOW_MINUTES = { database: 30, cache: 60 } as const;
