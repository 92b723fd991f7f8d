using System.Text.Json;
using LinqToDB;
using LinqToDB.Mapping;
using MlxVideo.Shared.Api;

namespace MlxVideo.Coordinator.History;

/// <summary>An event of the history in the database.</summary>
[Table("farm_event")]
internal sealed class EventRow
{
    private static readonly IReadOnlyDictionary<string, FarmEventKind> Kinds =
        Enum.GetValues<FarmEventKind>().ToDictionary(kind => JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString()));

    [Column("id", IsPrimaryKey = true)]
    public long Id { get; set; }

    [Column("at")]
    public long At { get; set; }

    [Column("kind", CanBeNull = false)]
    public string Kind { get; set; } = "";

    [Column("message", DataType = DataType.Text, CanBeNull = false)]
    public string Text { get; set; } = "";

    [Column("batch")]
    public string? Batch { get; set; }

    [Column("clip_row")]
    public int? Row { get; set; }

    [Column("stage")]
    public string? Stage { get; set; }

    [Column("attempt")]
    public int? Attempt { get; set; }

    [Column("worker")]
    public string? Worker { get; set; }

    /// <summary>Returns the row of an event.</summary>
    public static EventRow Of(FarmEventView happened) => new()
    {
        Id = happened.Id,
        At = happened.At.UtcTicks,
        Kind = JsonNamingPolicy.SnakeCaseLower.ConvertName(happened.Kind.ToString()),
        Text = happened.Text,
        Batch = happened.Batch,
        Row = happened.Row,
        Stage = happened.Stage,
        Attempt = happened.Attempt,
        Worker = happened.Worker,
    };

    /// <summary>Returns the event; null for a kind of a newer version.</summary>
    public FarmEventView? ToView() => !Kinds.TryGetValue(Kind, out var kind)
        ? null
        : new FarmEventView(Id, new DateTimeOffset(At, TimeSpan.Zero), kind, Text)
        {
            Batch = Batch,
            Row = Row,
            Stage = Stage,
            Attempt = Attempt,
            Worker = Worker,
        };
}
