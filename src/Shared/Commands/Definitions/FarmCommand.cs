using System.Reflection;
using System.Text.Json;

namespace MlxVideo.Shared.Commands.Definitions;

/// <summary>
/// A command of the farm: the one definition behind the command line, the HTTP API and pbm. It is derived from its request, whose
/// constructor parameters are the arguments.
/// </summary>
public sealed class FarmCommand
{
    private readonly ConstructorInfo _constructor;
    private readonly Func<object, TextTable> _show;
    private readonly Func<object, TextTable>? _showItem;

    private FarmCommand(
        Type request, Type result, Func<object, TextTable> show, Type? item = null, Func<object, TextTable>? showItem = null)
    {
        var attribute = request.GetCustomAttribute<FarmCommandAttribute>()
            ?? throw new InvalidOperationException($"{request.Name} is not described as a command.");
        (RequestType, ResultType, ItemType, _show, _showItem) = (request, result, item, show, showItem);
        (Palette, Name, Summary) = (attribute.Palette, attribute.Name, attribute.Summary);
        (Method, Path, MaxBytes, Example) = (attribute.Method, attribute.Path, attribute.MaxBytes, attribute.Example);
        _constructor = request.GetConstructors().OrderByDescending(constructor => constructor.GetParameters().Length).First();
        Arguments = _constructor.GetParameters().Select(FarmArgument.Of).ToList();
    }

    /// <summary>Group of the command.</summary>
    public FarmPalette Palette { get; }

    /// <summary>Name within the group.</summary>
    public string Name { get; }

    /// <summary>The command on the command line: <c>farm pause</c> or <c>farm worker show</c>.</summary>
    public string FullName => Palette == FarmPalette.Farm ? $"farm {Name}" : $"farm {PaletteName} {Name}";

    /// <summary>Name of the group.</summary>
    public string PaletteName => Palette.ToString().ToLowerInvariant();

    /// <summary>One sentence for help texts.</summary>
    public string Summary { get; }

    /// <summary>Method of the HTTP request.</summary>
    public string Method { get; }

    /// <summary>Path of the HTTP request, with arguments in braces.</summary>
    public string Path { get; }

    /// <summary>Maximum size of the JSON body in bytes; 0 for the API's general limit.</summary>
    public long MaxBytes { get; }

    /// <summary>Arguments of an example.</summary>
    public string Example { get; }

    /// <summary>Arguments, in the order of the command line.</summary>
    public IReadOnlyList<FarmArgument> Arguments { get; }

    /// <summary>Type of the request.</summary>
    public Type RequestType { get; }

    /// <summary>Type of the result; of the items when the command always has a stream of them.</summary>
    public Type ResultType { get; }

    /// <summary>Type of the items of a stream; null when the command has none.</summary>
    public Type? ItemType { get; }

    /// <summary>True when the command always has a stream of results.</summary>
    public bool IsStream => ItemType == ResultType;

    /// <summary>True when a request decides whether it has one result or a stream (<see cref="IFollowable"/>).</summary>
    public bool CanFollow => ItemType is not null && !IsStream;

    /// <summary>True when the HTTP request has a JSON body.</summary>
    public bool HasBody => Method is "POST" or "PUT" or "PATCH" && Arguments.Any(argument => !IsInPath(argument));

    /// <summary>True for an argument that is part of the path.</summary>
    public bool IsInPath(FarmArgument argument) => Path.Contains($"{{{argument.Name}}}", StringComparison.Ordinal);

    /// <summary>True when a request has a stream of results.</summary>
    public bool IsStreamOf(object request) => IsStream || request is IFollowable { Follow: true };

    /// <summary>Creates a request.</summary>
    /// <param name="find">Returns the value of an argument; null when it was not given.</param>
    /// <exception cref="FarmRequestException">A required argument is missing.</exception>
    public object Bind(Func<FarmArgument, object?> find)
    {
        var values = Arguments.Select(argument => find(argument) ?? (argument.IsRequired
            ? throw new FarmRequestException(FarmRequestError.Invalid, $"{FullName} needs {argument.Name}: {argument.Help}")
            : argument.Default)).ToArray();
        return _constructor.Invoke(values);
    }

    /// <summary>Returns the value of an argument of a request.</summary>
    public object? ValueOf(object request, FarmArgument argument) => RequestType.GetProperties()
        .Single(property => JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name) == argument.Name).GetValue(request);

    /// <summary>Shows a result as a table.</summary>
    public TextTable Show(object result) => _show(result);

    /// <summary>Shows an item of a stream as a table.</summary>
    public TextTable ShowItem(object item) => (_showItem ?? _show)(item);

    internal static FarmCommand Of<TRequest, TResult>(Func<TResult, TextTable> show)
        where TRequest : IFarmRequest<TResult> =>
        new(typeof(TRequest), typeof(TResult), result => show((TResult)result));

    internal static FarmCommand OfStream<TRequest, TItem>(Func<TItem, TextTable> show)
        where TRequest : IFarmStream<TItem> =>
        new(typeof(TRequest), typeof(TItem), item => show((TItem)item), typeof(TItem));

    internal static FarmCommand OfFollowable<TRequest, TResult, TItem>(Func<TResult, TextTable> show, Func<TItem, TextTable> showItem)
        where TRequest : IFarmRequest<TResult>, IFarmStream<TItem>, IFollowable =>
        new(typeof(TRequest), typeof(TResult), result => show((TResult)result), typeof(TItem), item => showItem((TItem)item));
}
