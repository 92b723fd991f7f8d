using System.Collections;
using System.Collections.Concurrent;
using System.Reflection;
using MlxVideo.Shared.Artefacts;
using ProtoBuf;

namespace MlxVideo.Cluster.Serialization;

/// <summary>
/// The rules that protobuf does not enforce for a received message: members that are not nullable are present, enumerations have defined
/// values, numbers are finite, and digests can be used as file names. The farm relies on them.
/// </summary>
internal static class MessageRules
{
    private static readonly ConcurrentDictionary<Type, IReadOnlyList<Member>> Members = new();

    /// <summary>Returns the first fault of a message as part of a sentence; null when there is none.</summary>
    public static string? FindFault(object message)
    {
        foreach (var member in Members.GetOrAdd(message.GetType(), MembersOf))
        {
            if (Check(member.Property.GetValue(message), member.IsNullable, member.Property.Name) is { } fault)
                return fault;
        }

        return null;
    }

    private static string? Check(object? value, bool isNullable, string name) => value switch
    {
        null => isNullable ? null : $"{name} is missing",
        double number => double.IsFinite(number) ? null : $"{name} is not a finite number",
        Enum constant => Enum.IsDefined(constant.GetType(), constant) ? null : $"{name} is {constant:D}, which has no meaning",
        string or byte[] => null,
        BlobRef blob when !BlobRef.IsDigest(blob.Digest) || blob.Length < 0 => $"{name} is not the reference of a blob",
        IEnumerable list => list.Cast<object?>().Select(item => Check(item, isNullable: false, name))
            .FirstOrDefault(fault => fault is not null),
        _ when value.GetType().IsDefined(typeof(ProtoContractAttribute)) => FindFault(value),
        _ => null,
    };

    private static List<Member> MembersOf(Type type)
    {
        var context = new NullabilityInfoContext();
        return type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.IsDefined(typeof(ProtoMemberAttribute)))
            .Select(property => new Member(property, context.Create(property).ReadState == NullabilityState.Nullable))
            .ToList();
    }

    private sealed record Member(PropertyInfo Property, bool IsNullable);
}
