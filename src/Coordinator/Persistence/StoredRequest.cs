using System.Text.Json;
using MlxVideo.Farm.Commands;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Json;
using MlxVideo.Shared.Renders;
using ProtoBuf;

namespace MlxVideo.Coordinator.Persistence;

/// <summary>A batch as it was requested.</summary>
[ProtoContract(SkipConstructor = true)]
internal sealed record StoredRequest(
    [property: ProtoMember(1)] string ClientToken,
    [property: ProtoMember(2)] List<StoredClipRequest>? Clips,
    [property: ProtoMember(3)] double Weight,
    [property: ProtoMember(4)] string? Model,
    [property: ProtoMember(5)] int? MaxFailed)
{
    public static StoredRequest Of(BatchRequest request) =>
        new(request.ClientToken, request.Clips.Select(StoredClipRequest.Of).ToList(), request.Weight, request.Model, request.MaxFailed);

    public BatchRequest ToDomain() =>
        new(ClientToken, (Clips ?? []).Select(clip => clip.ToDomain()).ToList(), Weight, Model, MaxFailed);
}

/// <summary>A requested clip. Settings are farm JSON: settings that a later version adds have their defaults in older batches.</summary>
[ProtoContract(SkipConstructor = true)]
internal sealed record StoredClipRequest(
    [property: ProtoMember(1)] int Row,
    [property: ProtoMember(2)] string Output,
    [property: ProtoMember(3)] string Constraints,
    [property: ProtoMember(4)] string Settings,
    [property: ProtoMember(5)] string? Model)
{
    public static StoredClipRequest Of(ClipRequest clip) => new(
        clip.Row, clip.Output, JsonSerializer.Serialize(clip.Constraints, FarmJson.Options),
        JsonSerializer.Serialize(clip.Settings, FarmJson.Options), clip.Model);

    public ClipRequest ToDomain() => new(
        Row, Output, JsonSerializer.Deserialize<ClipConstraints>(Constraints, FarmJson.Options)!,
        JsonSerializer.Deserialize<RenderSettings>(Settings, FarmJson.Options)!, Model);
}

/// <summary>The model and arithmetic of a batch.</summary>
[ProtoContract(SkipConstructor = true)]
internal sealed record StoredBinding([property: ProtoMember(1)] string Model, [property: ProtoMember(2)] string Arithmetic)
{
    public static StoredBinding? Of(ModelBinding? binding) => binding is null ? null : new(binding.Model, binding.Arithmetic);

    public ModelBinding ToDomain() => new(Model, Arithmetic);
}

/// <summary>Times in storage: ticks of UTC, because protobuf has no type with an offset.</summary>
internal static class StoredTime
{
    public static long Of(DateTimeOffset time) => time.UtcTicks;

    public static long? Of(DateTimeOffset? time) => time?.UtcTicks;

    public static DateTimeOffset ToTime(long ticks) => new(ticks, TimeSpan.Zero);

    public static DateTimeOffset? ToTime(long? ticks) => ticks is { } known ? ToTime(known) : null;
}
