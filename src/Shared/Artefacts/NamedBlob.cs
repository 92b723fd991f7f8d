using ProtoBuf;

namespace MlxVideo.Shared.Artefacts;

/// <summary>An artefact with its content.</summary>
/// <param name="Name">Name of the artefact in the clip's plan.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record NamedBlob(
    [property: ProtoMember(1)] string Name,
    [property: ProtoMember(2)] BlobRef Blob);
