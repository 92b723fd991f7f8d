using ProtoBuf;

namespace MlxVideo.Shared.Artefacts;

/// <summary>An artefact under its name in the clip's plan.</summary>
/// <param name="Name">The artefact's name.</param>
/// <param name="Blob">Its content.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record NamedBlob(
    [property: ProtoMember(1)] string Name,
    [property: ProtoMember(2)] BlobRef Blob);
