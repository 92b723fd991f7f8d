using LinqToDB;
using LinqToDB.Async;
using LinqToDB.Data;
using LinqToDB.Mapping;
using MlxVideo.Coordinator.Persistence;

namespace MlxVideo.Coordinator.Health;

/// <summary>Checks that the database can be written and read, on a connection of its own and in a table of its own.</summary>
internal sealed class DatabaseCheck(FarmDatabase database, TimeProvider time, ILogger<DatabaseCheck> log) : BoundedCheck(time, log)
{
    private const int TimeoutSeconds = 2;
    private const string Unusable = "The database can't be written and read.";

    /// <inheritdoc/>
    protected override string Timeout => "The database does not answer.";

    /// <inheritdoc/>
    /// <remarks>On the thread pool, because SQLite's provider blocks.</remarks>
    protected override Task<Problem?> FindProblemAsync() => Task.Run(async () =>
    {
        try
        {
            await using var connection = database.Connect();
            connection.CommandTimeout = TimeoutSeconds;
            connection.CreateTable<HealthRow>(tableOptions: TableOptions.CreateIfNotExists);
            var now = Time.GetUtcNow().UtcTicks;
            await connection.InsertOrReplaceAsync(new HealthRow { Id = 1, CheckedAt = now });
            var stored = await connection.GetTable<HealthRow>().Where(row => row.Id == 1).Select(row => row.CheckedAt).SingleAsync();
            return stored == now ? null : new Problem(Unusable, "It returned another value than the one just written.");
        }
        catch (Exception ex)
        {
            return new Problem(Unusable, ex.Message);
        }
    });

    /// <summary>The row that the check writes.</summary>
    [Table("farm_health")]
    internal sealed class HealthRow
    {
        [Column("id", IsPrimaryKey = true)]
        public int Id { get; set; }

        [Column("checked_at")]
        public long CheckedAt { get; set; }
    }
}
