using LinqToDB;
using LinqToDB.Mapping;

namespace MlxVideo.Coordinator.Archive;

/// <summary>An ended batch in the database.</summary>
[Table("farm_batch")]
internal sealed class BatchRow
{
    [Column("id", IsPrimaryKey = true, CanBeNull = false)]
    public string Id { get; set; } = "";

    [Column("submitted_at")]
    public long SubmittedAt { get; set; }

    [Column("ended_at")]
    public long EndedAt { get; set; }

    [Column("finished")]
    public int Finished { get; set; }

    [Column("failed")]
    public int Failed { get; set; }

    [Column("cancelled")]
    public int Cancelled { get; set; }

    /// <summary>The final view as farm JSON.</summary>
    [Column("view", DataType = DataType.Text, CanBeNull = false)]
    public string View { get; set; } = "";
}

/// <summary>The state of an ended batch, from which it is restored when some of its clips are retried.</summary>
[Table("farm_batch_state")]
internal sealed class BatchStateRow
{
    [Column("batch", IsPrimaryKey = true, CanBeNull = false)]
    public string Batch { get; set; } = "";

    /// <summary>The stored form of snapshots.</summary>
    [Column("state", CanBeNull = false)]
    public byte[] State { get; set; } = [];
}

/// <summary>A finished clip of an ended batch whose mp4 is kept in the blob store.</summary>
[Table("farm_result")]
internal sealed class ResultRow
{
    [Column("batch", IsPrimaryKey = true, PrimaryKeyOrder = 0, CanBeNull = false)]
    public string Batch { get; set; } = "";

    [Column("clip_row", IsPrimaryKey = true, PrimaryKeyOrder = 1)]
    public int Row { get; set; }

    [Column("digest", CanBeNull = false)]
    public string Digest { get; set; } = "";

    [Column("length")]
    public long Length { get; set; }

    [Column("ended_at")]
    public long EndedAt { get; set; }
}
