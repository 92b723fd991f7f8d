using System.Text;

namespace MlxVideo.Engine.Text.Enhancement;

/// <summary>
/// Messages as the text that Gemma 3 was trained on (docs/reference/text.md, section 8): the system's text stands before the first
/// message, contents are trimmed, and the model's turn is opened.
/// </summary>
public static class ChatTemplate
{
    /// <summary>Stands for a picture in a message's content.</summary>
    public const string Image = "<start_of_image>";

    /// <summary>Renders messages; the first may be the system's.</summary>
    public static string Render(IReadOnlyList<ChatMessage> messages)
    {
        var text = new StringBuilder("<bos>");
        var system = messages is [{ Role: ChatRole.System } first, ..] ? first.Content + "\n\n" : "";
        foreach (var message in messages.Where(message => message.Role != ChatRole.System))
        {
            text.Append("<start_of_turn>").Append(message.Role == ChatRole.Assistant ? "model" : "user").Append('\n')
                .Append(system).Append(message.Content.Trim()).Append("<end_of_turn>\n");
            system = "";
        }

        return text.Append("<start_of_turn>model\n").ToString();
    }
}

/// <summary>One turn of a conversation.</summary>
/// <param name="Role">Who speaks.</param>
/// <param name="Content">What is said; a picture is <see cref="ChatTemplate.Image"/>.</param>
public sealed record ChatMessage(ChatRole Role, string Content);

/// <summary>Who speaks in a conversation.</summary>
public enum ChatRole
{
    /// <summary>Instructions that stand above the conversation.</summary>
    System,

    /// <summary>The person.</summary>
    User,

    /// <summary>The model.</summary>
    Assistant,
}
